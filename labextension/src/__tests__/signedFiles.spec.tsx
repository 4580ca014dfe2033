import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { FileLinks } from '../components/FileLinks';
import type { SignedFile } from '../schemas';
import { renewalIn } from '../signedFiles';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const file = (url: string, minutes: number): SignedFile => ({
  name: 'metrics.json',
  size_bytes: 10,
  sha256: 'a'.repeat(64),
  content_type: 'application/json',
  url,
  expires_at: new Date(NOW + minutes * 60000).toISOString()
});
const answer = (status: number, body: object = {}) =>
  ({
    ok: status < 400,
    status,
    statusText: '',
    json: () => Promise.resolve(body),
    blob: () => Promise.resolve(new Blob(['{}']))
  }) as unknown as Response;
const REFUSED = {
  error: { code: 'E_SIGNATURE_EXPIRED', message: 'This link has ended.', remediation: 'Ask again.' }
};

describe('links that end', () => {
  const saved: string[] = [];
  const realFetch = globalThis.fetch;

  beforeEach(() => {
    jest.useFakeTimers({ now: NOW });
    saved.length = 0;
    URL.createObjectURL = jest.fn(() => 'blob:saved');
    URL.revokeObjectURL = jest.fn();
    jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
      this: HTMLAnchorElement
    ) {
      saved.push(`${this.download} from ${this.getAttribute('href')}`);
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
    globalThis.fetch = realFetch;
  });

  function show(shown: SignedFile, renew: () => Promise<SignedFile[]>, fetch: jest.Mock) {
    globalThis.fetch = fetch;
    const trans = nullTranslator.load('p2n');
    const api = { trans, fileHref: (url: string) => `http://here${url}` };
    const panel = { trans, workbench: { api } } as unknown as IPanel;
    render(
      <PanelProvider value={panel}>
        <FileLinks files={[shown]} label="Artifacts" renew={renew} />
      </PanelProvider>
    );
  }
  const link = () => screen.getByRole('link', { name: 'metrics.json' });
  const press = () =>
    act(async () => {
      fireEvent.click(link());
      await jest.advanceTimersByTimeAsync(10);
    });

  it('are renewed a minute before, never more often than every few seconds', () => {
    expect(renewalIn([file('/a', 60), file('/b', 5)], NOW)).toBe(4 * 60000);
    expect(renewalIn([file('/a', -5)], NOW)).toBe(5000);
    expect(renewalIn([{ ...file('/a', 1), expires_at: '' }], NOW)).toBeNull();
    expect(renewalIn([file('/a', 1e9)], NOW)).toBe(2 ** 31 - 1);
  });

  it('are fresh while they are shown', async () => {
    const renew = jest.fn().mockResolvedValue([file('/new', 120)]);
    show(file('/old', 60), renew, jest.fn());
    await act(() => jest.advanceTimersByTimeAsync(58 * 60000));
    expect(renew).not.toHaveBeenCalled();
    await act(() => jest.advanceTimersByTimeAsync(2 * 60000));
    expect(renew).toHaveBeenCalledTimes(1);
    expect(link().getAttribute('href')).toBe('http://here/new');
  });

  it.each([400, 401, 403, 410])(
    'that the store answers %d are renewed and asked again',
    async status => {
      const renew = jest.fn().mockResolvedValue([file('/new', 60)]);
      const fetch = jest.fn().mockResolvedValueOnce(answer(status)).mockResolvedValue(answer(200));
      show(file('/old', 60), renew, fetch);
      await press();
      expect(fetch.mock.calls.map(([href]: string[]) => href)).toEqual([
        'http://here/old',
        'http://here/new'
      ]);
      expect(saved).toEqual(['metrics.json from blob:saved']);
      expect(link().getAttribute('href')).toBe('http://here/new');
    }
  );

  it('that stay refused say why', async () => {
    const renew = jest.fn().mockResolvedValue([file('/new', 60)]);
    show(file('/old', 60), renew, jest.fn().mockResolvedValue(answer(403, REFUSED)));
    await press();
    expect(renew).toHaveBeenCalledTimes(1);
    expect(screen.getByRole('alert').textContent).toContain('This link has ended.');
    expect(saved).toEqual([]);
  });

  it('to a store that pages may not read are left to the browser', async () => {
    show(file('/old', 60), jest.fn(), jest.fn().mockRejectedValue(new TypeError('CORS')));
    await press();
    expect(saved).toEqual(['metrics.json from http://here/old']);
  });
});
