/**
 * E-mail address → the form in which logins are compared. Which addresses are taken is not known here.
 */

/**
 * The form in which addresses are compared: one for every way in which accents and case can be written. JavaScript's
 * lower case, not the engine's: SQLite's knows ASCII only, and `MÜLLER@…` would be another login than `müller@…`.
 */
export function toLoginEmail(email: string): string {
  return email.normalize("NFC").toLowerCase();
}
