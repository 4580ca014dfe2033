import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ErrorInfo } from './schemas';

const API = 'p2n/api/v1';

/** What a person is told about a failure: what happened, and what to do next. */
export interface IProblem {
  code: string;
  message: string;
  remediation: string;
  /** What the server says besides, such as every place that is wrong. */
  detail?: Record<string, unknown>;
}

/** Where requests go, and the words for what goes wrong with them on this side. */
export interface IServer {
  settings: ServerConnection.ISettings;
  trans: TranslationBundle;
}

/** The one exception of the REST client; its words come from the server's error body. */
export class RequestError extends Error {
  constructor(
    readonly problem: IProblem,
    /** HTTP status; 0 where no answer came. */
    readonly status: number
  ) {
    super(problem.message);
    this.name = 'RequestError';
  }

  static of(info: ErrorInfo): RequestError {
    return new RequestError(
      {
        code: info.code,
        message: info.message,
        remediation: info.remediation,
        detail: info.detail
      },
      200
    );
  }
}

/** The words for anything that was thrown. */
export function problemOf(reason: unknown, trans: TranslationBundle): IProblem {
  if (reason instanceof RequestError) {
    return reason.problem;
  }
  return {
    code: 'E_PANEL',
    message: reason instanceof Error ? reason.message : String(reason),
    remediation: trans.__(
      'Try again; if it stays, reload JupyterLab and look into the browser console.'
    )
  };
}

export function isAbort(reason: unknown): boolean {
  const inner =
    reason instanceof ServerConnection.NetworkError
      ? (reason as { cause?: unknown }).cause
      : reason;
  return (
    (inner instanceof DOMException && inner.name === 'AbortError') ||
    (reason instanceof Error && /abort/i.test(`${reason.name} ${reason.message}`))
  );
}

/** The words in an answer that is not 2xx, whoever wrote it: P2N, Jupyter Server or a proxy between. */
export async function errorOf(response: Response, trans: TranslationBundle): Promise<RequestError> {
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    body = undefined;
  }
  const error = (body as { error?: Partial<ErrorInfo> } | undefined)?.error;
  if (error && typeof error.message === 'string') {
    return new RequestError(
      {
        code: error.code ?? `HTTP ${response.status}`,
        message: error.message,
        remediation: error.remediation ?? '',
        detail: error.detail
      },
      response.status
    );
  }
  if (response.status === 401 || response.status === 403) {
    return new RequestError(
      {
        code: `HTTP ${response.status}`,
        message: trans.__('The Jupyter server refused the request.'),
        remediation: trans.__('Log in again (reload the page, with the token if you have one).')
      },
      response.status
    );
  }
  if (response.status === 404) {
    return new RequestError(
      {
        code: 'HTTP 404',
        message: trans.__('The server does not know this address.'),
        remediation: trans.__(
          'Check that the P2N server extension is on: `jupyter server extension list` must show p2n_ext.'
        )
      },
      404
    );
  }
  return new RequestError(
    {
      code: `HTTP ${response.status}`,
      message: trans.__(
        'The server answered %1.',
        `${response.status} ${response.statusText}`.trim()
      ),
      remediation: trans.__("Try again; if it stays, look into the Jupyter server's log.")
    },
    response.status
  );
}

export function apiUrl(settings: ServerConnection.ISettings, path: string): string {
  return URLExt.join(settings.baseUrl, API, path);
}

/** One request; raises RequestError for any answer that is not 2xx, and where none came. */
export async function request(
  { settings, trans }: IServer,
  path: string,
  init: RequestInit = {}
): Promise<Response> {
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(apiUrl(settings, path), init, settings);
  } catch (reason) {
    if (isAbort(reason)) {
      throw reason;
    }
    throw new RequestError(
      {
        code: 'E_OFFLINE',
        message: trans.__('The Jupyter server cannot be reached.'),
        remediation: trans.__(
          'Check the network and that the server is running; runs go on without it.'
        )
      },
      0
    );
  }
  if (!response.ok) {
    throw await errorOf(response, trans);
  }
  return response;
}

/** A request whose answer is JSON (or nothing: 204). */
export async function requestAPI<T>(
  server: IServer,
  path: string,
  init: RequestInit = {}
): Promise<T> {
  const response = await request(server, path, init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}
