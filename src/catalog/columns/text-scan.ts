/**
 * The scan of text-scan.wat over a memory of its own, 64 bytes at a time. Knows addresses and bytes; texts are known in
 * text-column.ts.
 */
import { TEXT_SCAN_MODULE } from "./text-scan-module.ts";

/** The part of WebAssembly that is used; TypeScript declares it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (pages: { readonly initial: number }) => ScannedMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly scan: Scan } };
};

/** A memory that grows in pages of 64 KiB. After it grew, `buffer` is another one and what viewed the old one is empty. */
export interface ScannedMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** See text-scan.wat. All are addresses in the memory, but `length`, `one` and `two`. */
export type Scan = (
  from: number,
  end: number,
  part: number,
  length: number,
  one: number,
  two: number,
  bits: number,
) => void;

/** Bytes of a page of such a memory. */
export const PAGE_BYTES = 65_536;

/** Bytes behind its last address that the scan reads: the 64 from the last one on. Those of the part come on top. */
export const READ_AHEAD_BYTES = 64;

/** Opens a memory of so many bytes, rounded up, and the scan of it. */
export function openScan(bytes: number): { readonly memory: ScannedMemory; readonly scan: Scan } {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
  const module = new WebAssembly.Module(TEXT_SCAN_MODULE);
  return { memory, scan: new WebAssembly.Instance(module, { column: { memory } }).exports.scan };
}
