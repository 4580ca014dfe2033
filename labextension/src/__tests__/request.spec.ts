import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator, type TranslationBundle } from '@jupyterlab/translation';

import { Api } from '../api';
import { problemOf, requestAPI } from '../request';

const english = nullTranslator.load('p2n');

function settingsFor(fetch: (request: Request) => Promise<Response>) {
  return ServerConnection.makeSettings({
    baseUrl: 'http://localhost/a%40b/',
    token: 'secret',
    fetch: (input: RequestInfo | URL) => fetch(input as Request)
  });
}

function json(status: number, body: unknown): Response {
  return { ok: status < 400, status, statusText: 'Words', json: async () => body } as Response;
}

async function problem(response: Response | Error, trans = english) {
  const settings = settingsFor(async () => {
    if (response instanceof Error) {
      throw response;
    }
    return response;
  });
  return requestAPI({ settings, trans }, 'papers').then(
    () => {
      throw new Error('no error came');
    },
    (reason: unknown) => problemOf(reason, trans)
  );
}

describe('requestAPI', () => {
  it('gives the words of the one error body', async () => {
    const error = { code: 'E_PDF_ENCRYPTED', message: 'Locked.', remediation: 'Unlock it.' };
    expect(await problem(json(422, { error }))).toEqual(error);
  });

  it("has words for Jupyter Server's own errors", async () => {
    const { message, remediation } = await problem(json(403, { message: 'Forbidden' }));
    expect(message).toContain('refused');
    expect(remediation).toContain('Log in');
  });

  it('says what to do where the extension is off', async () => {
    expect((await problem(json(404, {}))).remediation).toContain('jupyter server extension list');
  });

  it('has words for an answer that is no JSON', async () => {
    const response = {
      ok: false,
      status: 502,
      statusText: 'Bad Gateway',
      json: () => Promise.reject(new SyntaxError('<html>'))
    } as unknown as Response;
    expect((await problem(response)).message).toBe('The server answered 502 Bad Gateway.');
  });

  it('has words for no answer', async () => {
    const { code, remediation } = await problem(new TypeError('failed to fetch'));
    expect(code).toBe('E_OFFLINE');
    expect(remediation).toContain('runs go on');
  });

  it('says in the person’s language what goes wrong on this side', async () => {
    const shouted = { __: (text: string) => text.toUpperCase() } as unknown as TranslationBundle;
    const answers = [new TypeError('failed to fetch'), json(403, {}), json(404, {}), json(500, {})];
    for (const answer of answers) {
      const { message, remediation } = await problem(answer, shouted);
      expect(message).toBe(message.toUpperCase());
      expect(remediation).toBe(remediation.toUpperCase());
      expect(remediation).not.toBe('');
    }
    expect(problemOf(new Error('x'), shouted).remediation).toContain('TRY AGAIN');
  });
});

describe('Api', () => {
  it('sends a file as multipart with the boundary that the browser writes', async () => {
    const seen: Request[] = [];
    const api = new Api(
      settingsFor(async request => {
        seen.push(request);
        return json(201, { paper: {}, created: true });
      }),
      english
    );
    // The shims give a File of another realm than FormData's.
    const form = jest.spyOn(FormData.prototype, 'append').mockImplementation(() => undefined);
    await api.addFile(new File(['%PDF-'], 'a.pdf'));
    expect(form.mock.calls[0].slice(0, 1)).toEqual(['file']);
    expect(seen[0].method).toBe('POST');
    expect(seen[0].url).toContain('/a%40b/p2n/api/v1/papers');
    expect(seen[0].headers.get('Content-Type') ?? '').not.toContain('json');
  });

  it('makes links of signed addresses on this server, and of nothing else', () => {
    const api = new Api(
      settingsFor(async () => json(200, {})),
      english
    );
    expect(api.fileHref('/a%40b/p2n/api/v1/files/abc')).toBe(
      'http://localhost/a%40b/p2n/api/v1/files/abc'
    );
    expect(api.fileHref('javascript:alert(1)')).toBeNull();
    expect(api.fileHref('data:text/html,x')).toBeNull();
  });
});
