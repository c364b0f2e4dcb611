/**
 * Counts wrong passwords, by address and e-mail and by address alone. In this process and bounded; nothing is stored.
 */
import { toLoginEmail } from "../model/to-login-email.ts";
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";

/** Who guesses at whose password. */
export type Guess = { readonly email: string; readonly address: string };

/** Decides whether a guess may be made at all. */
export interface GuessLimit {
  /**
   * Counts a guess before it is checked: a hundred that come at once must not all be let through. Throws
   * `request/too-many` with the seconds to wait.
   */
  count(guess: Guess): void;
  /** Forgets the guesses at this e-mail from this address: the password was right. */
  forget(guess: Guess): void;
}

/** How long a guess is remembered. */
const REMEMBERED_MS = 15 * 60_000;

/** Guesses at one e-mail from one address within that time: enough for a person, a thousand a day for a program. */
const PAIR_MAX = 10;

/**
 * Guesses from one address at whichever e-mails. High, because all of an office or of a proxy have one address: it
 * stops one password being tried on every account, not a morning of forgotten ones.
 */
const ADDRESS_MAX = 300;

/** Remembered keys, at most; the oldest go first. One address pushes out at most ADDRESS_MAX of them. */
const KEYS_MAX = 50_000;

/** Characters of an e-mail that count: a longer one is nobody's login. */
const EMAIL_CHARACTERS_MAX = 320;

/** Builds the limit. */
export function buildGuessLimit(clock: Clock): GuessLimit {
  /** Times of the remembered guesses by key, each ascending. */
  const guesses = new Map<string, number[]>();
  const recent = (key: string): number[] => {
    const now = clock.now();
    const times = (guesses.get(key) ?? []).filter((time) => time > now - REMEMBERED_MS && time <= now);
    guesses.delete(key);
    return times;
  };
  const count = (key: string, max: number): void => {
    const times = recent(key);
    const [oldest = 0] = times;
    const isOver = times.length >= max;
    if (!isOver) times.push(clock.now());
    guesses.set(key, times);
    for (const first of guesses.keys()) {
      if (guesses.size <= KEYS_MAX) break;
      guesses.delete(first);
    }
    if (!isOver) return;
    throw new AppError("request/too-many", "Too many wrong passwords. Try again later.", {
      retryAfterS: Math.max(1, Math.ceil((oldest + REMEMBERED_MS - clock.now()) / 1000)),
    });
  };
  return {
    count: (guess) => {
      // The address first: whoever is over its bound adds no keys of e-mails either.
      count(toNetwork(guess.address), ADDRESS_MAX);
      count(toPairKey(guess), PAIR_MAX);
    },
    forget: (guess) => {
      guesses.delete(toPairKey(guess));
      // One right password is not a guess; the wrong ones before it stay counted.
      guesses.get(toNetwork(guess.address))?.pop();
    },
  };
}

/**
 * The address comes first: it has no blank, whatever the e-mail has. The e-mail is in the form in which logins are found:
 * each letter that can be written with its accent apart would otherwise double the guesses at its user. Cut behind that,
 * or the spellings of a long address would end at different letters.
 */
function toPairKey({ email, address }: Guess): string {
  return `${toNetwork(address)} ${toLoginEmail(email).slice(0, EMAIL_CHARACTERS_MAX)}`;
}

/**
 * What one customer of a network has: an IPv4 address, or the first 64 bits of an IPv6 one. Counted by whole IPv6
 * addresses, one machine could guess from 2^64 of them.
 */
export function toNetwork(address: string): string {
  const [plain = ""] = address.split("%", 1);
  if (!plain.includes(":")) return plain;
  if (plain.includes(".")) return plain.slice(plain.lastIndexOf(":") + 1);
  const [head = "", tail = ""] = plain.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return `${[...first, ...zeros, ...last].slice(0, 4).join(":")}::/64`;
}
