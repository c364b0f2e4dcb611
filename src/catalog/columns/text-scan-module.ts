/**
 * text-scan.wat, assembled: 334 bytes. Holds only what the machine runs; what it does is said there.
 */

/** A WebAssembly module with one function, `scan`. */
export const TEXT_SCAN_MODULE = Buffer.from(
  "AGFzbQEAAAABCwFgB39/f39/f38AAhIBBmNvbHVtbgZtZW1vcnkCAAEDAgEABwgBBHNjYW4AAAqUAgGRAgIJfwJ7IAIgBGotAAD9DyEQIAIgBWot" +
    "AAD9DyERIAAhBwJAA0AgByABTw0BIAf9AAQAQf8B/Q/9I/1kIQkgECAHIARq/QAEAP0jIBEgByAFav0ABAD9I/1O/WQhCgJAA0AgCkUNASAKaCEL" +
    "IAogCkEBa3EhCiAHIAtqIAFPDQFBACENA0AgByALaiANai0AACACIA1qLQAARw0BIA1BAWohDSANIANJDQALQQIgC3RBAWshDCAIIAkgDHFpakEB" +
    "ayEOIAYgDkEDdmohDyAPIA8tAABBASAOQQdxdHI6AAAgCSAMQX9zcSEMIApBACAMQQAgDGtxa3EhCgwACwsgCCAJaWohCCAHQRBqIQcMAAsLCw==",
  "base64",
);
