import { ReadableStream } from 'node:stream/web';

import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';

import { Api } from '../api';
import type { IProblem } from '../request';
import { type IFollower, type IRunStreamOptions, RunStream } from '../runStream';
import type { ConnectionState, StreamEvent } from '../sse';

const encoder = new TextEncoder();

function frame(runId: string, seq: number, type = 'progress'): string {
  const payload = type === 'end' ? { status: 'succeeded' } : { done: seq, label: '½ – 日本' };
  const data = JSON.stringify({ seq, ts: '', type, payload });
  return `id: ${runId}:${seq}\nevent: ${type}\ndata: ${data}\n\n`;
}

const GONE = `event: gone\ndata: ${JSON.stringify({
  run_id: 'b',
  error: { code: 'E_NOT_FOUND', message: 'No such run.', remediation: 'Look.' }
})}\n\n`;

class Viewer implements IFollower {
  constructor(
    readonly runId: string,
    public seq = 0
  ) {}

  seen: number[] = [];
  states: ConnectionState[] = [];
  problem: IProblem | null = null;

  take(event: StreamEvent): void {
    this.seq = event.seq;
    this.seen.push(event.seq);
  }

  onState(state: ConnectionState): void {
    this.states.push(state);
  }

  fail(problem: IProblem): void {
    this.problem = problem;
  }
}

/** An answer that gives these pieces at once, and stays open or not. */
function body(pieces: Uint8Array[], request: Request, open: boolean): Response {
  const stream = new ReadableStream<Uint8Array>({
    start: controller => {
      pieces.forEach(piece => controller.enqueue(piece));
      if (open) {
        request.signal.addEventListener('abort', () =>
          controller.error(new DOMException('aborted', 'AbortError'))
        );
      } else {
        controller.close();
      }
    }
  });
  return { ok: true, status: 200, body: stream } as unknown as Response;
}

type Answer = (request: Request) => Response;
const says =
  (...texts: string[]): Answer =>
  request =>
    body(
      texts.map(text => encoder.encode(text)),
      request,
      false
    );
const stays =
  (...texts: string[]): Answer =>
  request =>
    body(
      texts.map(text => encoder.encode(text)),
      request,
      true
    );
const refuses =
  (status: number): Answer =>
  () =>
    ({ ok: false, status, statusText: '', json: async () => ({}) }) as unknown as Response;

/** A stream over the real client whose server plays the answers, one a connection. */
function play(answers: (Answer | Error)[], options: IRunStreamOptions = {}) {
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost/a%40b/',
    fetch: async (input: RequestInfo | URL) => {
      const request = input as Request;
      asked.push(decodeURIComponent(new URL(request.url).search).replace(/&\d+$/, ''));
      const next = answers.shift();
      if (!next || next instanceof Error) {
        throw next ?? new Error('no more answers');
      }
      open += 1;
      most = Math.max(most, open);
      request.signal.addEventListener('abort', () => (open -= 1));
      return next(request);
    }
  });
  const api = new Api(settings, nullTranslator.load('p2n'));
  const stream = new RunStream((places, more) => api.runEvents(places, more), {
    backoff: 1,
    gather: 1,
    ...options
  });
  streams.push(stream);
  return { stream, asked, most: () => most };
}

const streams: RunStream[] = [];
afterEach(() => streams.splice(0).forEach(stream => stream.dispose()));

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; !done() && tries < 400; tries++) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  expect(done()).toBe(true);
}

const closed = (viewer: Viewer) => viewer.states[viewer.states.length - 1] === 'closed';

describe('RunStream', () => {
  it('follows several runs over one connection, each to its end', async () => {
    const { stream, asked, most } = play([
      says(frame('a', 1), frame('b', 6), frame('b', 7, 'end') + frame('a', 2), frame('a', 3, 'end'))
    ]);
    const [a, b] = [new Viewer('a'), new Viewer('b', 5)];
    stream.follow(a);
    stream.follow(b);
    await until(() => closed(a) && closed(b));
    expect([a.seen, b.seen]).toEqual([
      [1, 2, 3],
      [6, 7]
    ]);
    expect(asked).toEqual(['?run=a:0&run=b:5']);
    expect(most()).toBe(1);
    expect(a.states).toEqual(['connecting', 'open', 'closed']);
  });

  it('gives the same whatever byte the stream is cut at, and takes each run up where it was', async () => {
    const text = frame('a', 1) + frame('b', 1) + frame('a', 2) + frame('b', 2, 'end');
    const bytes = encoder.encode(text + frame('a', 3, 'end'));
    for (let cut = 0; cut <= bytes.length; cut += 7) {
      const first: Answer = request => body([bytes.slice(0, cut)], request, false);
      // What the server gives again from the places asked for: all that was not whole.
      const again: Answer = request => {
        const query = new URL(request.url).searchParams.getAll('run');
        const places = new Map(query.map(place => place.split(':') as [string, string]));
        const rest = [
          ['a', 1],
          ['b', 1],
          ['a', 2],
          ['b', 2],
          ['a', 3]
        ] as const;
        return says(
          ...rest
            .filter(([id, seq]) => places.has(id) && seq > Number(places.get(id)))
            .map(([id, seq]) => frame(id, seq, (id === 'a' ? 3 : 2) === seq ? 'end' : 'progress'))
        )(request);
      };
      const { stream } = play([first, again]);
      const [a, b] = [new Viewer('a'), new Viewer('b')];
      stream.follow(a);
      stream.follow(b);
      await until(() => closed(a) && closed(b));
      expect([a.seen, b.seen]).toEqual([
        [1, 2, 3],
        [1, 2]
      ]);
    }
  });

  it('tries again, longer each time, until the server is back', async () => {
    const { stream, asked } = play([
      says(frame('a', 1)),
      new Error('the network is gone'),
      refuses(503),
      refuses(424),
      says(frame('a', 1), frame('a', 2, 'end'))
    ]);
    const a = new Viewer('a');
    stream.follow(a);
    await until(() => closed(a));
    expect(a.seen).toEqual([1, 2]);
    expect(a.problem).toBeNull();
    expect(asked).toEqual(['?run=a:0', '?run=a:1', '?run=a:1', '?run=a:1', '?run=a:1']);
    expect(a.states.filter(state => state === 'waiting')).toHaveLength(4);
  });

  it('waits longer after each failure, within a bound', async () => {
    jest.useFakeTimers();
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const { stream, asked } = play([], { backoff: 100 });
    stream.follow(new Viewer('a'));
    const at: number[] = [];
    for (let time = 0; time < 4000; time += 10) {
      const before = asked.length;
      await jest.advanceTimersByTimeAsync(10);
      if (asked.length > before) {
        at.push(time);
      }
    }
    const gaps = at.slice(1).map((time, index) => Math.round((time - at[index]) / 100));
    expect(gaps.slice(0, 5)).toEqual([2, 4, 8, 8, 8]);
    stream.dispose();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('connects anew when a run comes or goes, from the places reached', async () => {
    const { stream, asked, most } = play([
      stays(frame('a', 1), frame('a', 2)),
      stays(frame('a', 2), frame('b', 1), frame('a', 3)),
      says(frame('a', 4, 'end'))
    ]);
    const [a, b] = [new Viewer('a'), new Viewer('b')];
    stream.follow(a);
    await until(() => a.seq === 2);
    stream.follow(b);
    await until(() => a.seq === 3 && b.seq === 1);
    stream.leave(b);
    await until(() => closed(a));
    expect(a.seen).toEqual([1, 2, 3, 4]);
    expect(b.seen).toEqual([1]);
    expect(asked).toEqual(['?run=a:0', '?run=a:2&run=b:0', '?run=a:3']);
    expect(most()).toBe(1);
  });

  it('tells whose run is gone and goes on with the others', async () => {
    const { stream } = play([says(frame('a', 1), GONE, frame('a', 2, 'end'))]);
    const [a, b] = [new Viewer('a'), new Viewer('b')];
    stream.follow(a);
    stream.follow(b);
    await until(() => closed(a) && closed(b));
    expect(b.problem).toMatchObject({ code: 'E_NOT_FOUND', remediation: 'Look.' });
    expect(a.seen).toEqual([1, 2]);
  });

  it('gives up where trying again cannot help, and can be asked to try once more', async () => {
    const { stream, asked } = play([refuses(403), says(frame('a', 1, 'end'))]);
    const a = new Viewer('a');
    stream.follow(a);
    await until(() => a.problem !== null);
    expect(asked).toHaveLength(1);
    stream.follow(a);
    await until(() => a.seen.length === 1);
  });

  it('leaves it at that where nothing more can come', async () => {
    const nothing: Answer = () => ({ ok: true, status: 204, body: null }) as unknown as Response;
    const { stream, asked } = play([nothing]);
    const a = new Viewer('a', 9);
    stream.follow(a);
    await until(() => closed(a));
    expect([a.problem, asked.length]).toEqual([null, 1]);
  });

  it('takes up a connection that has fallen silent', async () => {
    const { stream, asked } = play([stays(frame('a', 1)), says(frame('a', 2, 'end'))], {
      silence: 40
    });
    const a = new Viewer('a');
    stream.follow(a);
    await until(() => closed(a));
    expect(a.seen).toEqual([1, 2]);
    expect(asked).toEqual(['?run=a:0', '?run=a:1']);
  });

  it('does not believe in an old connection when the tab wakes', async () => {
    const { stream, asked } = play([stays(frame('a', 1)), says(frame('a', 2, 'end'))], {
      stale: 1000
    });
    const a = new Viewer('a');
    stream.follow(a);
    await until(() => a.seq === 1);
    document.dispatchEvent(new Event('visibilitychange'));
    await new Promise(resolve => setTimeout(resolve, 30));
    expect(asked).toHaveLength(1);
    // As after a sleep: the clock has gone on, and no timer has.
    const later = Date.now() + 60000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(later);
    document.dispatchEvent(new Event('visibilitychange'));
    await until(() => closed(a));
    clock.mockRestore();
    expect(a.seen).toEqual([1, 2]);
  });

  it('tries at once when the network is back', async () => {
    const { stream, asked } = play([new Error('offline'), says(frame('a', 1, 'end'))], {
      backoff: 60000
    });
    const a = new Viewer('a');
    stream.follow(a);
    await until(() => a.states.includes('waiting'));
    expect(asked).toHaveLength(1);
    window.dispatchEvent(new Event('online'));
    await until(() => closed(a));
    expect(a.seen).toEqual([1]);
  });
});
