/**
 * Migration: one numbered step that brings a catalogue from one shape to the next.
 */

/** One step. `number` counts from 1 without gaps; a released step is never changed, a new one is added. */
export type Migration = {
  readonly number: number;
  /** Recorded beside the number, for people. */
  readonly name: string;
  /** Run in order, all in one transaction. */
  readonly statements: readonly string[];
};
