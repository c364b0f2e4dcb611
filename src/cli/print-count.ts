/**
 * Whole numbers for people.
 */

/** `1,234,567`: digits in groups of three, whatever language the machine speaks. */
export function printCount(count: number | bigint): string {
  return new Intl.NumberFormat("en-US").format(count);
}

/** Bytes as `1.2 MB`, and below a tenth of that as `34.5 kB`: nothing that is there is 0.0. */
export function printBytes(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
