/**
 * What one setting is: its variable, bounds and default. The table of all is settings.ts.
 */

/** How one field is set. Bounds of integers are inclusive; `initial` holds where nothing is said. */
export type Setting = {
  /** The environment variable. In a configuration file the field's own name is used. */
  readonly variable: string;
  /** One sentence for docs/config.md. */
  readonly meaning: string;
} & (
  | { readonly kind: "integer"; readonly min: number; readonly max: number; readonly initial: number }
  | { readonly kind: "text" | "keyPrefix"; readonly initial: string }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly initial: string }
  | { readonly kind: "origin"; readonly initial: null }
  /** A host name or address without scheme and port; empty: none. */
  | { readonly kind: "hostName"; readonly initial: "" }
);
