/** A body on its way: bytes, then how it ends. */
export type Reshape = (body: AsyncIterable<Buffer>) => AsyncGenerator<Buffer | Ending, void, undefined>;

/** `cut`: the connection breaks. `hang`: nothing more comes, and nobody is told. */
export type Ending = 'cut' | 'hang';

/** What becomes of one answer: said instead of the server, never said, or the server's own reshaped. */
export type AnswerFault =
  | { say: { status: number; headers?: Readonly<Record<string, string>>; body: string } }
  | { hang: true }
  | { reshape: Reshape };

type StatusFields = { reason: string; message?: string; details?: object };

function statusOf(code: number, { reason, message = reason, details }: StatusFields): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
}

const json = { 'content-type': 'application/json' };

/** A refusal in Kubernetes' form. */
export function refuse(code: number, fields: StatusFields): AnswerFault {
  return { say: { status: code, headers: json, body: JSON.stringify(statusOf(code, fields)) } };
}

/** 410 as the status of the answer. */
export function goneByHttp(): AnswerFault {
  return refuse(410, { reason: 'Expired', message: 'too old resource version' });
}

/** 410 as an event of a watch that was accepted. */
export function goneInStream(): AnswerFault {
  return sayLine({ type: 'ERROR', object: statusOf(410, { reason: 'Expired', message: 'too old resource version' }) });
}

/**
 * 429 as priority and fairness says it: no `Status`, the seconds in the header alone.
 * @param retryAfter seconds, or a date in HTTP's form
 */
export function throttle(retryAfter: number | string): AnswerFault {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'retry-after': String(retryAfter) };
  return { say: { status: 429, headers, body: 'Too many requests, please try again later.\n' } };
}

/** 200 with whatever text, as a captive portal or a confused server would. */
export function sayText(body: string, contentType = 'application/json'): AnswerFault {
  return { say: { status: 200, headers: { 'content-type': contentType }, body } };
}

/** A watch of one event that then ends. */
export function sayLine(event: object): AnswerFault {
  return sayText(`${JSON.stringify(event)}\n`);
}

/** Takes the request and never answers. */
export function hang(): AnswerFault {
  return { hang: true };
}

/** So many bytes of the body; then the connection breaks, or nothing more comes. */
export function stopAfter(bytes: number, ending: Ending): AnswerFault {
  return {
    reshape: async function* stopping(body) {
      let left = bytes;
      for await (const chunk of body) {
        yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) return yield ending;
      }
    },
  };
}

/** Chunks of so many bytes at most, each sent by itself. */
export function slice(bytes: number): AnswerFault {
  return {
    reshape: async function* slicing(body) {
      for await (const chunk of body) {
        for (let start = 0; start < chunk.length; start += bytes) yield chunk.subarray(start, start + bytes);
      }
    },
  };
}

const firstOfSeveral = 0xc0;

/** Breaks the connection inside the first character of more than one byte. */
export function cutInCharacter(): AnswerFault {
  return {
    reshape: async function* cutting(body) {
      for await (const chunk of body) {
        const at = chunk.findIndex((byte) => byte >= firstOfSeveral);
        if (at === -1) yield chunk;
        else {
          yield chunk.subarray(0, at + 1);
          return yield 'cut';
        }
      }
    },
  };
}

const newline = 0x0a;

/** Changes a stream line by line; lines come whole, without their newline. */
export function byLine(change: (line: Buffer) => readonly (Buffer | string)[]): AnswerFault {
  return {
    reshape: async function* changing(body) {
      let rest = Buffer.alloc(0);
      for await (const chunk of body) {
        rest = Buffer.concat([rest, chunk]);
        for (let end = rest.indexOf(newline); end !== -1; end = rest.indexOf(newline)) {
          const line = rest.subarray(0, end);
          rest = rest.subarray(end + 1);
          for (const part of change(line)) yield Buffer.concat([Buffer.from(part), Buffer.of(newline)]);
        }
      }
      if (rest.length > 0) yield rest;
    },
  };
}

/** Each event twice, and now and then an earlier one once more: a stream that is not what etcd promises. */
export function repeatEvents(chance: () => number): AnswerFault {
  const earlier: Buffer[] = [];
  return byLine((line) => {
    const again = chance() < 0.3 ? earlier[Math.floor(chance() * earlier.length)] : undefined;
    earlier.push(Buffer.from(line));
    return again === undefined ? [line, line] : [line, line, again];
  });
}

/** One line of our own before the first of the server. */
export function insertLine(text: string): AnswerFault {
  let isFirst = true;
  return byLine((line) => {
    const before = isFirst ? [text] : [];
    isFirst = false;
    return [...before, line];
  });
}
