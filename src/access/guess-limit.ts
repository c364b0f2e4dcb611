/**
 * Counts wrong passwords, by address and e-mail and by address alone. In this process and bounded; nothing is stored.
 */
import { toClientAddress } from "../model/client-address.ts";
import { toLoginEmail } from "../model/to-login-email.ts";
import type { Clock } from "../platform/clock.ts";
import { AppError } from "../platform/errors.ts";
import { buildOneByOne } from "./one-by-one.ts";

/** Who guesses at whose password. */
export type Guess = { readonly email: string; readonly address: string };

/** Decides whether a guess may be made at all. */
export interface GuessLimit {
  /**
   * Answers what `check` does: null for a wrong password. Guesses at one e-mail from one address are checked one after
   * another, so that a right one forgets those before it until the next is judged: twelve programs that start at once with
   * the right password are let in. Rejects with `request/too-many` and the seconds to wait where too many were wrong, and
   * where too many wait.
   */
  judge<Found>(guess: Guess, check: () => Promise<Found | null>): Promise<Found | null>;
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

/**
 * Guesses that wait, at most: at one e-mail from one address, and in all. The first of an address at an e-mail waits for
 * nothing, so that a flood of others keeps nobody out.
 */
const WAITING = { ofOneMax: 100, ofAllMax: 1_000 } as const;

/** Characters of an e-mail that count: a longer one is nobody's login. */
const EMAIL_CHARACTERS_MAX = 320;

/** Builds the limit. */
export function buildGuessLimit(clock: Clock): GuessLimit {
  /** Times of the remembered guesses by key, each ascending. */
  const guesses = new Map<string, number[]>();
  const oneByOne = buildOneByOne(WAITING);
  const recent = (key: string): number[] => {
    const now = clock.now();
    const times = (guesses.get(key) ?? []).filter((time) => time > now - REMEMBERED_MS && time <= now);
    guesses.delete(key);
    return times;
  };
  /** Answers how to take the guess back. */
  const count = (key: string, max: number): (() => void) => {
    const times = recent(key);
    const [oldest = 0] = times;
    const timeMs = clock.now();
    const isOver = times.length >= max;
    if (!isOver) times.push(timeMs);
    guesses.set(key, times);
    for (const first of guesses.keys()) {
      if (guesses.size <= KEYS_MAX) break;
      guesses.delete(first);
    }
    if (!isOver) return () => takeBack(key, timeMs);
    throw new AppError("request/too-many", "Too many wrong passwords. Try again later.", {
      retryAfterS: Math.max(1, Math.ceil((oldest + REMEMBERED_MS - timeMs) / 1000)),
    });
  };
  const takeBack = (key: string, timeMs: number): void => {
    const times = guesses.get(key) ?? [];
    const index = times.lastIndexOf(timeMs);
    if (index >= 0) times.splice(index, 1);
    if (times.length === 0) guesses.delete(key);
  };
  const judge = async <Found>(guess: Guess, check: () => Promise<Found | null>): Promise<Found | null> => {
    const pairKey = toPairKey(guess);
    // Before it is checked: a hundred at as many e-mails that come at once must not all be let through. The address first:
    // whoever is over its bound adds no keys of e-mails either.
    const takeFromAddress = count(toNetwork(guess.address), ADDRESS_MAX);
    let takeFromPair = () => {};
    let found: Found | null;
    try {
      takeFromPair = count(pairKey, PAIR_MAX);
      found = await check();
    } catch (error) {
      // Nobody knows whether it was right. Whoever tries again would be out for 15 minutes after ten full queues. And one
      // program with a stale password, refused for its e-mail, would use up the guesses of all others at its address.
      takeFromAddress();
      takeFromPair();
      throw error;
    }
    if (found === null) return null;
    guesses.delete(pairKey);
    // One right password is not a guess; the wrong ones before it stay counted.
    takeFromAddress();
    return found;
  };
  return { judge: (guess, check) => oneByOne.run(toPairKey(guess), () => judge(guess, check)) };
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
  const [plain = ""] = toClientAddress(address).split("%", 1);
  if (!plain.includes(":")) return plain;
  if (plain.includes(".")) return plain.slice(plain.lastIndexOf(":") + 1);
  const [head = "", tail = ""] = plain.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return `${[...first, ...zeros, ...last].slice(0, 4).join(":")}::/64`;
}
