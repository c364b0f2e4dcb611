/**
 * Rows to aligned text for people. Numbers stand right, everything else left.
 */

/** One cell; null and undefined print as `-`. */
export type Cell = string | number | bigint | boolean | null | undefined | readonly (string | number)[];

/**
 * Prints rows under a heading with the keys of the first one, two spaces between columns, a line end after each.
 * No rows: the line `(nothing)`.
 */
export function printTable(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const first = rows[0];
  if (first === undefined) return "(nothing)\n";
  const columns = Object.keys(first).map((name) => {
    const cells = rows.map((row) => toText(row[name]));
    return {
      name,
      cells,
      // Not `Math.max(...cells)`: from some 120,000 arguments on, a call is more than the stack holds.
      width: cells.reduce((width, cell) => Math.max(width, cell.length), name.length),
      right: rows.some((row) => isNumber(row[name])) && rows.every((row) => row[name] == null || isNumber(row[name])),
    };
  });
  const line = (cellOf: (column: (typeof columns)[number]) => string) =>
    `${columns
      .map((column) => (column.right ? cellOf(column).padStart(column.width) : cellOf(column).padEnd(column.width)))
      .join("  ")
      .trimEnd()}\n`;
  return line((column) => column.name) + rows.map((_, index) => line((column) => column.cells[index] ?? "")).join("");
}

function isNumber(cell: Cell): boolean {
  return typeof cell === "number" || typeof cell === "bigint";
}

function toText(cell: Cell): string {
  if (cell === null || cell === undefined) return "-";
  if (Array.isArray(cell)) return cell.join(",");
  return String(cell);
}
