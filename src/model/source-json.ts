/**
 * A source in the words of the API and of the command line, which are those that its settings are given in.
 */
import type { Source } from "./source.ts";

/** A source with all its settings. `created_at` is ISO-8601 UTC. */
export function toSourceJson({ name, format, space, latenessBoundMs, ...source }: Source): Record<string, unknown> {
  const { settings } = source;
  return {
    ...{ name, format, space_id: space, lateness_bound_ms: latenessBoundMs },
    ...{ tracks_watermark: source.tracksWatermark, registers_unknown: source.registersUnknown },
    created_at: new Date(source.createdAtMs).toISOString(),
    ...{ rules: settings.rules, sample_rate: settings.sampleRate, prefix: settings.prefix },
    ...{ time_zone: settings.timeZone, oldest_days: settings.oldestDays, bytes_include: settings.bytesInclude },
    ...{ versioned: settings.versioned, fields: settings.fields, delimiter: settings.delimiter },
    ...{ field_map: fromFieldMap(settings.fieldMap), requires: settings.requires, paths: settings.paths },
    paused: settings.paused,
  };
}

function fromFieldMap(map: Source["settings"]["fieldMap"]): Record<string, unknown> | null {
  if (map === null) return null;
  const toSnake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(map).map(([name, path]) => [toSnake(name), path]));
}
