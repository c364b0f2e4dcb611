/**
 * The log formats that can be read, as data: a format of the same build is a new entry here, not new code.
 */

/**
 * One format that has ` [time] "request" status bytes` in every line, whatever stands before and after.
 * What stands before the time (addresses, users) and after the bytes (referrer, user agent) is never read: it is not
 * stored, and user agents without a closing quote exist in real logs.
 */
export type LineFormat = {
  readonly name: string;
  /** A line in the documented shape. Its columns stand in `fields` in the same order. */
  readonly sample: string;
  readonly fields: readonly string[];
  /**
   * What must follow the bytes. `space`: more columns, so that a cut number cannot be taken for a whole one.
   * `space-or-end`: the bytes may be the last column.
   */
  readonly afterBytes: "space" | "space-or-end";
  /**
   * How many closed quoted fields after the bytes prove that a line without line end is whole; null when nothing does,
   * because the last column is a number and may have more digits.
   */
  readonly quotedAtEnd: number | null;
  /** Where the shape is documented, and the date it was read. */
  readonly see: readonly string[];
};

const CLIENT_TO_BYTES = ["client", "identity", "user", "[time]", '"request"', "status", "bytes"] as const;

const FORMATS: readonly LineFormat[] = [
  {
    name: "common",
    //       client     identity user  time                        request                              status bytes
    sample: `192.0.2.17 - alice [20/Nov/2026:09:15:02 +0100] "GET /img/a%20b.jpg?w=200 HTTP/1.1" 200 51234`,
    fields: CLIENT_TO_BYTES,
    afterBytes: "space-or-end",
    quotedAtEnd: null,
    see: ["https://httpd.apache.org/docs/current/mod/mod_log_config.html (read 2026-11-20)"],
  },
  {
    name: "combined",
    //       as common, then referrer and user agent
    sample: `192.0.2.17 - - [20/Nov/2026:09:15:02 +0100] "GET /img/caf%C3%A9.jpg HTTP/2.0" 206 65536 "https://www.example.com/" "Demo/1.0 (\\x22quoted\\x22)"`,
    fields: [...CLIENT_TO_BYTES, '"referrer"', '"user agent"'],
    afterBytes: "space",
    quotedAtEnd: 2,
    see: [
      "https://nginx.org/en/docs/http/ngx_http_log_module.html (read 2026-11-20)",
      "https://httpd.apache.org/docs/current/mod/mod_log_config.html (read 2026-11-20)",
    ],
  },
];

/** The formats by the name that a source's setting `format` gives. */
export const LINE_FORMATS: ReadonlyMap<string, LineFormat> = new Map(FORMATS.map((format) => [format.name, format]));
