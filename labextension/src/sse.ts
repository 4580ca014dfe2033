import { type IServer, isAbort, request, RequestError } from './request';
import type {
  EndEvent,
  ErrorEvent,
  LogLineEvent,
  MetricUpdateEvent,
  PlanEvent,
  ProgressEvent,
  ResultEvent,
  SamplePredEvent,
  StageUpdateEvent,
  TokenEvent
} from './schemas';

export type StreamEvent =
  | StageUpdateEvent
  | ProgressEvent
  | LogLineEvent
  | MetricUpdateEvent
  | SamplePredEvent
  | ErrorEvent
  | EndEvent
  | TokenEvent
  | ResultEvent
  | PlanEvent;

export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface IFrame {
  /** Empty where the frame has none. */
  id: string;
  event: string;
  data: string;
}

/** Reads the text/event-stream format (WHATWG HTML, section 9.2) from bytes cut anywhere. */
export class FrameReader {
  feed(bytes: Uint8Array): IFrame[] {
    let text = this._decoder.decode(bytes, { stream: true });
    // A CR at the very end may be the first half of a CRLF: it waits for what follows.
    text = this._rest + text;
    const held = text.endsWith('\r') ? 1 : 0;
    const lines = text.slice(0, text.length - held).split(/\r\n|\n|\r/);
    this._rest = (lines.pop() ?? '') + (held ? '\r' : '');
    const frames: IFrame[] = [];
    for (const line of lines) {
      const frame = this._line(line);
      if (frame) {
        frames.push(frame);
      }
    }
    return frames;
  }

  private _line(line: string): IFrame | null {
    if (line === '') {
      const frame = this._data.length
        ? { id: this._id, event: this._event || 'message', data: this._data.join('\n') }
        : null;
      this._data = [];
      this._id = '';
      this._event = '';
      return frame;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') {
      this._data.push(value);
    } else if (field === 'event') {
      this._event = value;
    } else if (field === 'id') {
      this._id = value;
    }
    return null;
  }

  private _decoder = new TextDecoder();
  private _rest = '';
  private _data: string[] = [];
  private _id = '';
  private _event = '';
}

/** Without a byte for so long a connection counts as lost: the server pings every 15 s. */
const SILENCE_MS = 40000;

export interface IReadOptions {
  signal: AbortSignal;
  /** The server has answered, and will go on. */
  onOpen?: () => void;
  /** Bytes have come, comments such as pings among them. */
  onBytes?: () => void;
  /** True: that was enough. */
  onFrame: (frame: IFrame) => boolean | void;
  /** Milliseconds; see SILENCE_MS. */
  silence?: number;
}

interface IRequested {
  server: IServer;
  path: string;
  method?: 'GET' | 'POST';
  body?: string;
}

/**
 * Reads one connection to its end; resolves to whether it gave any body at all (204: nothing more can come).
 * Raises RequestError where it fails or falls silent, and what `request` raises when aborted.
 */
export async function readStream(options: IRequested & IReadOptions): Promise<boolean> {
  const { server, path, method = 'GET', body, signal, silence = SILENCE_MS } = options;
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  signal.addEventListener('abort', abort);
  let watchdog = setTimeout(abort, silence);
  try {
    const response = await request(server, path, {
      method,
      body,
      headers: { Accept: 'text/event-stream' },
      cache: 'no-store',
      signal: attempt.signal
    });
    if (response.status === 204) {
      return false;
    }
    options.onOpen?.();
    const reader = response.body!.getReader();
    const frames = new FrameReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return true;
      }
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, silence);
      options.onBytes?.();
      for (const frame of frames.feed(value)) {
        if (signal.aborted) {
          return true;
        }
        if (options.onFrame(frame)) {
          await reader.cancel();
          return true;
        }
      }
    }
  } catch (reason) {
    if (isAbort(reason) && !signal.aborted) {
      throw new RequestError(
        {
          code: 'E_STREAM_SILENT',
          message: server.trans.__('The event stream fell silent.'),
          remediation: ''
        },
        0
      );
    }
    throw reason;
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', abort);
    attempt.abort();
  }
}

// Said by proxies and hubs while a server starts or is busy: request timeout, failed dependency, too many.
const PASSING: readonly number[] = [408, 424, 425, 429];

/** Whether trying again cannot help. */
export function isFinal(reason: unknown): reason is RequestError {
  return (
    reason instanceof RequestError &&
    reason.status >= 400 &&
    reason.status < 500 &&
    !PASSING.includes(reason.status)
  );
}

export interface IFollowOptions {
  server: IServer;
  path: string;
  /** A GET is taken up again after a loss; a POST is not. */
  method: 'GET' | 'POST';
  body?: string;
  signal: AbortSignal;
  /** Newest seq known already. */
  after?: number;
  onEvent: (event: StreamEvent) => void;
  onState?: (state: ConnectionState) => void;
  /** Milliseconds to the first new try; doubled up to 32 times as much. */
  backoff?: number;
  silence?: number;
}

/**
 * Gives each event once and in order until `end`; raises RequestError where that cannot come,
 * and resolves without a word when aborted.
 */
export async function followEvents(options: IFollowOptions): Promise<void> {
  const { server, signal, method, onState, backoff = 500 } = options;
  const position = { seq: options.after ?? 0, ended: false };
  let failures = 0;
  while (!signal.aborted) {
    const before = position.seq;
    onState?.('connecting');
    try {
      await readOnce(options, position);
      if (position.ended) {
        onState?.('closed');
        return;
      }
      if (method === 'POST') {
        throw new RequestError(
          {
            code: 'E_STREAM_CUT',
            message: server.trans.__('The connection ended before the work did.'),
            remediation: server.trans.__('Start it again; what was found so far is kept.')
          },
          0
        );
      }
    } catch (reason) {
      if (signal.aborted) {
        return;
      }
      if (method === 'POST' || isFinal(reason)) {
        onState?.('closed');
        throw reason;
      }
    }
    failures = position.seq > before ? 0 : failures + 1;
    onState?.('waiting');
    await pause(backoff * 2 ** Math.min(failures, 5) * (0.75 + Math.random() / 2), signal);
  }
}

async function readOnce(
  options: IFollowOptions,
  position: { seq: number; ended: boolean }
): Promise<void> {
  const { server, path, method, body, signal, onEvent, onState, silence } = options;
  const query = position.seq > 0 ? `?after=${position.seq}` : '';
  const any = await readStream({
    server,
    path: path + query,
    method,
    body,
    signal,
    silence,
    onOpen: () => onState?.('open'),
    onFrame: frame => {
      const event = JSON.parse(frame.data) as StreamEvent;
      if (event.seq > position.seq) {
        position.seq = event.seq;
        onEvent(event);
        position.ended = event.type === 'end';
      }
      return position.ended;
    }
  });
  position.ended ||= !any;
}

/** Ends early when the browser comes back online or the caller gives up. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      globalThis.removeEventListener?.('online', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener('abort', wake);
    globalThis.addEventListener?.('online', wake);
  });
}
