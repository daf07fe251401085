/** Server-sent events (WHATWG HTML, section 9.2), as bytes come in and as text goes out. */

/** One event of a stream. */
export interface ServerSentEvent {
  /** Absent where the stream names none. */
  readonly event?: string;
  readonly data: string;
}

/** Reads a stream in whatever pieces it comes. */
export interface EventReader {
  /** The events that are whole with these bytes. */
  read(bytes: Uint8Array): ServerSentEvent[];
}

/**
 * A reader for one stream; an event that is begun and not ended is none. Characters, fields and line ends
 * (CR, LF, both) may be cut anywhere; comments are passed over. Throws a `TypeError` for bytes that are no
 * UTF-8, and a `RangeError` for an event longer than `limit` characters.
 */
export function createEventReader(limit: number): EventReader {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let data: string[] = [];
  let event: string | undefined;
  let size = 0;

  function take(line: string): ServerSentEvent | undefined {
    if (line === "") {
      const whole =
        data.length > 0 ? { ...(event !== undefined && { event }), data: data.join("\n") } : undefined;
      data = [];
      event = undefined;
      size = 0;
      return whole;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") {
      size += value.length;
      data.push(value);
    } else if (field === "event") event = value;
    return undefined;
  }

  return {
    read(bytes) {
      const text = rest + decoder.decode(bytes, { stream: true });
      const found: ServerSentEvent[] = [];
      let at = 0;
      // What was looked through before holds no line's end, unless it is its last character.
      let from = Math.max(0, rest.length - 1);
      for (;;) {
        const end = lineEnd(text, from);
        // A CR at the very end may be the first half of a CRLF.
        if (end < 0 || (text[end] === "\r" && end === text.length - 1)) break;
        const whole = take(text.slice(at, end));
        if (whole) found.push(whole);
        at = text.startsWith("\r\n", end) ? end + 2 : end + 1;
        from = at;
      }
      rest = text.slice(at);
      if (rest.length + size > limit) throw new RangeError("an event of a stream is too long");
      return found;
    },
  };
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  // Hardly a stream has a bare CR: it is looked for in the line alone.
  const carriage = text.slice(from, feed < 0 ? undefined : feed).indexOf("\r");
  return carriage < 0 ? feed : from + carriage;
}

/** An event as it is sent. The data is JSON, which has no line breaks. */
export function printEvent({ event, data }: ServerSentEvent): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}
