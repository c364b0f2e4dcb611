/**
 * The commands that a demo prints: one per vendor endpoint and one that sends an event. They work when pasted.
 */

/** What the commands speak to. `nowMs` is UTC ms. */
export type DemoTarget = { readonly url: string; readonly secret: string; readonly nowMs: number };

/** One command with the words above it. */
export type DemoCommand = { readonly title: string; readonly command: string };

const DAY_MS = 86_400_000;

/** Days that the first command asks for, today included. */
const DAYS = 7;

/** Builds the five commands. */
export function buildDemoCommands({ url, secret, nowMs }: DemoTarget): readonly DemoCommand[] {
  const today = toDate(nowMs);
  const from = toDate(nowMs - (DAYS - 1) * DAY_MS);
  const nowS = Math.floor(nowMs / 1000);
  return [
    {
      title: "API traffic of the last seven days, as Storyblok answers it",
      command: curl(
        `Authorization: ${secret}`,
        `${url}/v1/orgs/me/statistics/all_traffic?start_date=${from}&end_date=${today}&group_by=day`,
      ),
    },
    {
      title: "Five assets of space 1, as Storyblok lists them",
      command: curl(`Authorization: ${secret}`, `${url}/v1/spaces/1/assets?per_page=5`),
    },
    {
      title: "Objects and bytes of every bucket, as Flashback answers it",
      command: curl(`Authorization: Bearer ${secret}`, `${url}/bucket/stats`),
    },
    {
      title: "API requests per hour of the last day, as FileSpin answers it",
      command: curl(
        `X-FileSpin-Api-Key: ${secret}`,
        `${url}/api/v1/stats/timeseries/api?start_time=${nowS - DAY_MS / 1000}&end_time=${nowS}`,
      ),
    },
    { title: "One event in", command: sendEvent({ url, secret, nowMs }) },
  ];
}

function sendEvent({ url, secret, nowMs }: DemoTarget): string {
  const event = {
    specversion: "1.0",
    id: "my-first-event",
    source: "my-platform",
    type: "assetmeter.delivery",
    time: new Date(nowMs).toISOString(),
    data: { space_id: 1, asset_id: 1, operation: "GET", bytes_out: 12_345 },
  };
  const type = "-H 'Content-Type: application/cloudevents+json'";
  return `curl -s -H 'Authorization: Bearer ${secret}' ${type} -d '${JSON.stringify(event)}' '${url}/usage/v1/events'`;
}

/** Single quotes keep a shell from reading `&` and `?`. Neither a token nor an address has a single quote. */
function curl(header: string, address: string): string {
  return `curl -s -H '${header}' '${address}'`;
}

function toDate(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
