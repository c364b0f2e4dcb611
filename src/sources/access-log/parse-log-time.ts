/**
 * The time of the formats that Apache and nginx write: `20/Nov/2026:09:15:02 +0100` -> UTC milliseconds.
 */
import { toUtcMs } from "../utc-time.ts";

/** Bytes of a time: `dd/Mon/yyyy:HH:MM:SS ±hhmm`. */
export const LOG_TIME_BYTES = 26;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Month names as one number of three lower-case bytes, so that a line's time is read without making texts. */
const MONTH_BY_CODE = new Map(MONTHS.map((name, i) => [Buffer.from(name).readUIntBE(0, 3), i + 1]));

//                        2 0 / N o v / 2 0 2 6 : 0 9 : 1 5 : 0 2   + 0 1 0 0
const SHAPE = Buffer.from("00/aaa/0000:00:00:00 +0000");

/** True when the bytes from `at` have the shape of a time: digits, letters and separators in their places. */
export function hasLogTimeShape(bytes: Buffer, at: number): boolean {
  if (at + LOG_TIME_BYTES > bytes.length) return false;
  for (let i = 0; i < LOG_TIME_BYTES; i++) {
    const byte = bytes[at + i] as number;
    const expected = SHAPE[i];
    if (expected === 0x30 /* 0 */) {
      if (byte < 0x30 || byte > 0x39) return false;
    } else if (expected === 0x61 /* a */) {
      const letter = byte | 0x20;
      if (letter < 0x61 || letter > 0x7a) return false;
    } else if (expected === 0x2b /* + */) {
      if (byte !== 0x2b && byte !== 0x2d) return false;
    } else if (byte !== expected) return false;
  }
  return true;
}

/** The time that a text is, in UTC ms; null for any other text. */
export function readLogTime(text: string): number | null {
  if (text.length !== LOG_TIME_BYTES) return null;
  const bytes = Buffer.from(text);
  return hasLogTimeShape(bytes, 0) ? parseLogTime(bytes, 0) : null;
}

/**
 * The time at `at`, which must have the shape, in UTC ms; null when no calendar has it (31 February, hour 24, second
 * 61) or it lies before 1970. A leap second `:60` is read as `:59`. Month names are English, in any case.
 */
export function parseLogTime(bytes: Buffer, at: number): number | null {
  const two = (i: number) => ((bytes[at + i] as number) - 0x30) * 10 + (bytes[at + i + 1] as number) - 0x30;
  const code =
    ((((bytes[at + 3] as number) | 0x20) << 16) |
      (((bytes[at + 4] as number) | 0x20) << 8) |
      ((bytes[at + 5] as number) | 0x20)) >>>
    0;
  const offsetMinutes = two(22) * 60 + two(24);
  if (two(22) > 23 || two(24) > 59) return null;
  return toUtcMs({
    year: two(7) * 100 + two(9),
    month: MONTH_BY_CODE.get(code) ?? 0,
    day: two(0),
    hour: two(12),
    minute: two(15),
    second: two(18),
    ms: 0,
    offsetMinutes: bytes[at + 21] === 0x2d ? -offsetMinutes : offsetMinutes,
  });
}
