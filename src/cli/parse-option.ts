/**
 * Values of options: text to numbers and lists. A bad one is a usage error, which ends the program with status 2.
 */
import { InvalidArgumentError } from "commander";
import { HOST_NAME_RULE, isHostName } from "../model/is-host-name.ts";

/** Parses an id: a whole number from 1 to 2^53-1. */
export function parseId(text: string): number {
  return parseWhole(text, { min: 1, max: Number.MAX_SAFE_INTEGER });
}

/** The word that says that there is to be no such thing. Kept as a word: commander makes an empty text of null. */
export type None = "none";

/** Parses an id, or the word `none`. */
export function parseIdOrNone(text: string): number | None {
  return text === "none" ? text : parseId(text);
}

/** Parses a host name, or the word `none`, which therefore is no host's name here. */
export function parseHostNameOrNone(text: string): string {
  if (isHostName(text)) return text;
  throw new InvalidArgumentError(`It must be ${HOST_NAME_RULE}, or none.`);
}

/** The value, null for the word `none`. */
export function toNullable<Value extends number | string>(value: Value | None): Exclude<Value, None> | null {
  return value === "none" ? null : (value as Exclude<Value, None>);
}

/** Parses a TCP port; 0 asks for any free one. */
export function parsePort(text: string): number {
  return parseWhole(text, { min: 0, max: 65_535 });
}

/** Parses a plain decimal inside inclusive bounds. */
export function parseWhole(text: string, bounds: { readonly min: number; readonly max: number }): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.min && value <= bounds.max) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${bounds.min} to ${bounds.max}.`);
}

/** Parses `1,2,3`. */
export function parseIdList(text: string): readonly number[] {
  return text.split(",").map((part) => parseId(part.trim()));
}

/** A parser of `a,b` that takes only these words. */
export function buildListParser<Word extends string>(words: readonly Word[]): (text: string) => readonly Word[] {
  return (text) =>
    text.split(",").map((part) => {
      const word = words.find((candidate) => candidate === part.trim());
      if (word === undefined) throw new InvalidArgumentError(`It must be some of ${words.join(",")}.`);
      return word;
    });
}
