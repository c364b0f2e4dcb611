/**
 * Folding against SQLite's own trigram index: both must find the same texts.
 */
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { foldText } from "./fold-text.ts";

describe("foldText", () => {
  test("whatever the trigram index takes for one letter is one here, too", () => {
    const database = new DatabaseSync(":memory:");
    database.exec("create virtual table texts using fts5 (text, tokenize = 'trigram')");
    database.exec("create virtual table trigrams using fts5vocab (texts, 'instance')");
    const enter = database.prepare("insert into texts (rowid, text) values (?, ?)");
    database.exec("begin");
    const last = 0x1_ffff;
    for (let code = 1; code <= last; code++) {
      const character = String.fromCodePoint(code);
      // All others are folded by neither; entering them takes 15 s.
      if (/\p{Cased}|\p{Changes_When_Casemapped}/u.test(character)) enter.run(code, `--${character}`);
    }
    database.exec("commit");
    const theirs = new Map<string, string>();
    for (const { doc, term } of database.prepare("select doc, term from trigrams").iterate()) {
      theirs.set(String.fromCodePoint(Number(doc)), String(term).slice(2));
    }
    database.close();
    const known = new Map<string, string>();
    const ours = (character: string) => foldText(character, known);
    expect([...theirs].filter(([one, other]) => ours(one) !== ours(other))).toEqual([]);
    // The index knows the cases of Unicode 6; letters that came since, as those of Georgian, it leaves as they are.
    const more = [...theirs].filter(([one, other]) => ours(one) !== one && theirs.get(ours(one)) !== other);
    expect(more.filter(([one, other]) => one !== other)).toEqual([]);
  });

  test("a text keeps its characters but for their case", () => {
    expect(foldText("Beach-12.JPG", new Map())).toBe("beach-12.jpg");
    expect(foldText("ÄPFEL 😀 ß", new Map())).toBe(foldText("äpfel 😀 ẞ", new Map()));
    expect(foldText("e", new Map())).not.toBe(foldText("é", new Map()));
  });
});
