/**
 * THE table of metrics: what each one is called, counted in, and computed from. docs/metrics.md tells users the same;
 * tests/docs.test.ts holds the two together.
 */
import type { MeasureName, UsageKind } from "../model/usage-event.ts";
import type { MetricName } from "../model/usage-query.ts";

/** How one metric is computed from stored rows. */
export type MetricDefinition = {
  readonly unit: "count" | "bytes";
  /** The measure that is added up. */
  readonly measure: MeasureName;
  /** Only rows of these kinds count; null for all kinds. */
  readonly kinds: readonly UsageKind[] | null;
  /**
   * `adds-up`: the sum over windows is the total of the range. `gauge`: the value at the end of a window, that is the
   * sum of everything before it; adding up windows of a gauge gives nonsense.
   */
  readonly overTime: "adds-up" | "gauge";
  /** One sentence for people, ending in a full stop. */
  readonly meaning: string;
};

/** Every metric. */
export const METRIC_DEFINITIONS: Readonly<Record<MetricName, MetricDefinition>> = {
  requests: {
    unit: "count",
    measure: "count",
    kinds: null,
    overTime: "adds-up",
    meaning: "Sum of the counts of the events asked for.",
  },
  bytes_in: {
    unit: "bytes",
    measure: "bytesIn",
    kinds: null,
    overTime: "adds-up",
    meaning: "Bytes received from clients.",
  },
  bytes_out: {
    unit: "bytes",
    measure: "bytesOut",
    kinds: null,
    overTime: "adds-up",
    meaning: "Bytes sent to clients.",
  },
  traffic: {
    unit: "bytes",
    measure: "bytesOut",
    kinds: ["api", "delivery"],
    overTime: "adds-up",
    meaning: "Bytes sent by API answers and deliveries together: what limits are set on.",
  },
  size_change: {
    unit: "bytes",
    measure: "sizeDelta",
    kinds: null,
    overTime: "adds-up",
    meaning: "Bytes by which what is stored grew; negative where it shrank.",
  },
  objects_change: {
    unit: "count",
    measure: "objectsDelta",
    kinds: null,
    overTime: "adds-up",
    meaning: "Objects by which what is stored grew; negative where it shrank.",
  },
  stored_bytes: {
    unit: "bytes",
    measure: "sizeDelta",
    kinds: null,
    overTime: "gauge",
    meaning: "Bytes stored at the end of the window.",
  },
  objects: {
    unit: "count",
    measure: "objectsDelta",
    kinds: null,
    overTime: "gauge",
    meaning: "Objects stored at the end of the window.",
  },
};
