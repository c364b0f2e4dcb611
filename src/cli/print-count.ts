/**
 * Whole numbers for people.
 */

/** `1,234,567`: digits in groups of three, whatever language the machine speaks. */
export function printCount(count: number | bigint): string {
  return new Intl.NumberFormat("en-US").format(count);
}
