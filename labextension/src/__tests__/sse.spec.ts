import { ReadableStream } from 'node:stream/web';

import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';

import { RequestError } from '../request';
import { followEvents, FrameReader, type StreamEvent } from '../sse';

const trans = nullTranslator.load('p2n');
const encoder = new TextEncoder();

function frame(seq: number, type = 'progress'): string {
  const payload = type === 'end' ? { status: 'succeeded' } : { done: seq, label: '½ – 日本' };
  return `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ seq, ts: '', type, payload })}\n\n`;
}

function answer(...chunks: string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start: controller => {
      chunks.forEach(chunk => controller.enqueue(encoder.encode(chunk)));
      controller.close();
    }
  });
  return { ok: true, status: 200, body } as unknown as Response;
}

/** Server settings whose fetch plays the given answers, one a request, and keeps the requests. */
function play(...answers: (Response | Error)[]) {
  const requests: Request[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost/a%40b/',
    fetch: async (input: RequestInfo | URL) => {
      requests.push(input as Request);
      const next = answers.shift();
      if (!next || next instanceof Error) {
        throw next ?? new Error('no more answers');
      }
      return next;
    }
  });
  return { requests, settings };
}

describe('FrameReader', () => {
  const text =
    'retry: 2000\n: open\n\n' +
    frame(1) +
    ': ping\n\n' +
    frame(2).replace(/\n/g, '\r\n') +
    frame(3);
  const bytes = encoder.encode(text);
  const whole = new FrameReader().feed(bytes);

  it('reads frames and skips comments', () => {
    expect(whole.map(({ data }) => (JSON.parse(data) as StreamEvent).seq)).toEqual([1, 2, 3]);
    expect(whole[0].data).toContain('½ – 日本');
  });

  it('reads the same whatever byte the stream is cut at', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new FrameReader();
      expect([...reader.feed(bytes.slice(0, cut)), ...reader.feed(bytes.slice(cut))]).toEqual(
        whole
      );
    }
  });

  it('reads the same byte by byte', () => {
    const reader = new FrameReader();
    expect([...bytes].flatMap(byte => reader.feed(Uint8Array.of(byte)))).toEqual(whole);
  });

  it('joins data lines and waits for the blank line', () => {
    const reader = new FrameReader();
    expect(reader.feed(encoder.encode('data: a\ndata: b\n'))).toEqual([]);
    expect(reader.feed(encoder.encode('\n'))).toEqual([{ id: '', event: 'message', data: 'a\nb' }]);
  });
});

describe('followEvents', () => {
  const signal = new AbortController().signal;
  const options = { path: 'runs/r/events', method: 'GET' as const, signal, backoff: 1 };

  it('asks for an event stream and nothing else, below the base URL', async () => {
    const { requests, settings } = play(answer(frame(1, 'end')));
    await followEvents({ ...options, server: { settings, trans }, onEvent: () => undefined });
    expect(requests[0].headers.get('Accept')).toBe('text/event-stream');
    expect(requests[0].url).toContain('http://localhost/a%40b/p2n/api/v1/runs/r/events');
  });

  it('resumes after the last event and gives none twice', async () => {
    const { requests, settings } = play(
      answer(frame(1), frame(2)),
      new Error('the network is gone'),
      answer(frame(2), frame(3), frame(4, 'end'), frame(5))
    );
    const seen: number[] = [];
    const states: string[] = [];
    await followEvents({
      ...options,
      server: { settings, trans },
      onEvent: event => seen.push(event.seq),
      onState: state => states.push(state)
    });
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(requests.map(({ url }) => /after=(\d+)/.exec(url)?.[1])).toEqual([undefined, '2', '2']);
    expect(states[states.length - 1]).toBe('closed');
  });

  it('takes up a stream that has fallen silent', async () => {
    let aborted = false;
    const answers = [
      (request: Request) => {
        const body = new ReadableStream<Uint8Array>({
          start: controller => {
            controller.enqueue(encoder.encode(frame(1)));
            request.signal.addEventListener('abort', () => {
              aborted = true;
              controller.error(new DOMException('aborted', 'AbortError'));
            });
          }
        });
        return { ok: true, status: 200, body } as unknown as Response;
      },
      () => answer(frame(2, 'end'))
    ];
    const settings = ServerConnection.makeSettings({
      baseUrl: 'http://localhost/',
      fetch: async (input: RequestInfo | URL) => answers.shift()!(input as Request)
    });
    const seen: number[] = [];
    await followEvents({
      ...options,
      server: { settings, trans },
      silence: 50,
      onEvent: event => seen.push(event.seq)
    });
    expect(aborted).toBe(true);
    expect(seen).toEqual([1, 2]);
  });

  it('gives up where trying again cannot help', async () => {
    const body = { error: { code: 'E_NOT_FOUND', message: 'No such run.', remediation: 'Look.' } };
    const { requests, settings } = play({
      ok: false,
      status: 404,
      json: async () => body
    } as Response);
    await expect(
      followEvents({ ...options, server: { settings, trans }, onEvent: () => undefined })
    ).rejects.toMatchObject({ problem: body.error, status: 404 });
    expect(requests).toHaveLength(1);
  });

  it('never starts a POST a second time', async () => {
    const { requests, settings } = play(answer(frame(1)));
    await expect(
      followEvents({
        ...options,
        method: 'POST',
        server: { settings, trans },
        onEvent: () => undefined
      })
    ).rejects.toBeInstanceOf(RequestError);
    expect(requests).toHaveLength(1);
  });

  it('stops without a word when aborted', async () => {
    const abort = new AbortController();
    const { settings } = play(answer(frame(1)), answer(frame(2)));
    await followEvents({
      ...options,
      server: { settings, trans },
      signal: abort.signal,
      onEvent: () => abort.abort()
    });
  });
});
