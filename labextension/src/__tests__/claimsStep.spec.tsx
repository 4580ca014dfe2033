import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import * as React from 'react';

import type { Api } from '../api';
import { ClaimsSession, type Provider } from '../claimsSession';
import { ClaimsStep } from '../components/ClaimsStep';
import { type IPanel, PanelProvider, useSignal } from '../components/context';
import type { PaperSession } from '../paperSession';
import { RequestError } from '../request';
import type { Claim, ClaimList, ClaimPatch, PaperUsage } from '../schemas';
import type { StreamEvent } from '../sse';
import { claim, extraction } from './claims';

const HOSTILE = '<img src=x onerror="window.pwned=1">';
const NO_USAGE: PaperUsage = { calls: [], spent_usd: 0, cap_usd: 1 };
const NOT_ON_PAGE = {
  code: 'E_VALIDATION',
  message: '12.3 does not stand on page 1 of the paper.',
  remediation: 'Give the number as the page prints it.'
};

interface ISetting {
  claims: Claim[];
  list?: Partial<ClaimList>;
  usage?: PaperUsage;
  patchClaim?: (id: string, patch: ClaimPatch) => Promise<Claim>;
  cancelExtraction?: () => Promise<void>;
  extract?: Api['extract'];
}

function Shown({ session }: { session: PaperSession }): React.JSX.Element {
  useSignal(session.claims.changed);
  return <ClaimsStep session={session} />;
}

async function show({ claims: list, ...setting }: ISetting): Promise<ClaimsSession> {
  const api = {
    claims: () =>
      Promise.resolve({
        reader: 'offline',
        extraction: extraction(),
        claims: list,
        total: list.length,
        ...setting.list
      }),
    usage: () => Promise.resolve(setting.usage ?? NO_USAGE),
    evidence: () => new Promise(() => undefined),
    patchClaim: setting.patchClaim,
    cancelExtraction: setting.cancelExtraction,
    extract: setting.extract
  };
  const claims = new ClaimsSession(api as never, 'p_1');
  await claims.load();
  const session = {
    claims,
    paper: { filename: 'a.pdf', reader: 'offline' },
    busy: new Set(),
    patch: (id: string, patch: ClaimPatch) => claims.patch(id, patch),
    extract: (provider?: Provider) => claims.read(provider)
  } as unknown as PaperSession;
  const panel = { trans: nullTranslator.load('p2n'), workbench: { api } } as unknown as IPanel;
  render(
    <PanelProvider value={panel}>
      <Shown session={session} />
    </PanelProvider>
  );
  return claims;
}

Element.prototype.scrollIntoView ??= () => undefined;

const rows = () => [...document.querySelectorAll<HTMLElement>('tr[data-claim]')];
const press = (name: string | RegExp) =>
  act(async () => {
    fireEvent.click(screen.getByRole('button', { name }));
  });
const type = (name: string, value: string) =>
  fireEvent.change(screen.getByLabelText(name), { target: { value } });

describe('the claims', () => {
  it('are narrowed by the values of the paper', async () => {
    await show({ claims: [claim('a'), claim('b', { dataset: 'WDBC' }), claim('c')] });
    expect(rows()).toHaveLength(3);
    type('Filter: Dataset', '=WDBC');
    expect(rows().map(row => row.dataset.claim)).toEqual(['b']);
    expect(screen.getByText('1 of 3 claims')).toBeTruthy();
    await press('Show all');
    expect(rows()).toHaveLength(3);
  });

  it('show paper text as text', async () => {
    await show({
      claims: [claim('a', { method: HOSTILE, reasons: [HOSTILE], note: HOSTILE })],
      list: {
        extraction: extraction({ dropped: [{ text: HOSTILE, page: 1, reason: HOSTILE }] })
      }
    });
    expect(document.querySelector('img')).toBeNull();
    expect(document.body.textContent).toContain(HOSTILE);
  });

  it('draw a bounded number of rows, and more when asked', async () => {
    await show({ claims: Array.from({ length: 300 }, (_, index) => claim(`c${index}`)) });
    expect(rows()).toHaveLength(250);
    fireEvent.click(screen.getByText(/Show more/));
    expect(rows()).toHaveLength(300);
  });

  it('show their reasons to who comes by keyboard', async () => {
    await show({ claims: [claim('a')] });
    expect(screen.queryByRole('tooltip')).toBeNull();
    fireEvent.focus(screen.getByLabelText('90 % sure'));
    expect(screen.getByRole('tooltip').textContent).toBe('stands in a table of results');
    fireEvent.blur(screen.getByLabelText('90 % sure'));
    expect(screen.queryByRole('tooltip')).toBeNull();
  });

  it('set the words of two readers side by side, whatever a person made of the first', async () => {
    await show({
      claims: [
        claim('a', {
          method: 'corrected',
          readers: ['offline', 'openai'],
          disagreements: [{ field: 'method', reader: 'openai', value: 'RBF SVM' }],
          proposed: claim('a', { method: 'SVM' })
        })
      ]
    });
    const table = screen.getByRole('table', { name: 'The readers disagree' });
    expect(within(table).getByRole('columnheader', { name: 'openai says' })).toBeTruthy();
    expect(within(table).getByRole('row', { name: /Method/ }).textContent).toBe('MethodSVMRBF SVM');
    const corrected = screen.getByRole('table', { name: 'Corrected by a person' });
    expect(corrected.querySelectorAll('tbody tr')).toHaveLength(1);
    expect(corrected.querySelector('del')?.textContent).toBe('SVM');
  });
});

describe('a correction', () => {
  it('keeps what was typed where it is refused, and says what to do', async () => {
    const patchClaim = jest
      .fn()
      .mockRejectedValueOnce(new RequestError(NOT_ON_PAGE, 422))
      .mockResolvedValueOnce(claim('a', { value_printed: '97.9', status: 'corrected' }));
    const claims = await show({ claims: [claim('a'), claim('b')], patchClaim });
    await press('Correct');
    type('Value as printed', '12.3');
    await press('Save');
    expect(patchClaim).toHaveBeenLastCalledWith('a', { value_printed: '12.3' });
    expect(screen.getByRole('alert').textContent).toContain(NOT_ON_PAGE.remediation);
    expect(screen.getByLabelText<HTMLInputElement>('Value as printed').value).toBe('12.3');
    // Another claim is looked at in between.
    act(() => claims.select('b'));
    expect(screen.queryByLabelText('Value as printed')).toBeNull();
    act(() => claims.select('a'));
    expect(screen.getByLabelText<HTMLInputElement>('Value as printed').value).toBe('12.3');
    type('Value as printed', '97.9');
    await press('Save');
    expect(screen.queryByLabelText('Value as printed')).toBeNull();
    expect(within(rows()[0]).getByText('corrected')).toBeTruthy();
  });

  it('is given up with Escape, and sends nothing where nothing was changed', async () => {
    const patchClaim = jest.fn();
    await show({ claims: [claim('a')], patchClaim });
    await press('Correct');
    type('Method', 'something else');
    fireEvent.keyDown(screen.getByLabelText('Method'), { key: 'Escape' });
    expect(screen.queryByRole('form')).toBeNull();
    await press('Correct');
    expect(screen.getByLabelText<HTMLInputElement>('Method').value).toBe('SVM');
    await press('Save');
    expect(patchClaim).not.toHaveBeenCalled();
    expect(screen.queryByRole('form')).toBeNull();
  });
});

describe('a reading', () => {
  it('shows claims as they are verified, can be stopped, and leaves the claims of before', async () => {
    let tell: (event: StreamEvent) => void = () => undefined;
    let end: () => void = () => undefined;
    const extract = jest.fn<ReturnType<Api['extract']>, Parameters<Api['extract']>>(
      (_paper, _provider, { onEvent }) => {
        tell = onEvent;
        return new Promise(resolve => {
          end = resolve;
        });
      }
    );
    const cancelExtraction = jest.fn(() => {
      tell({ seq: 2, ts: '', type: 'end', payload: { status: 'cancelled', error: null } } as never);
      end();
      return Promise.resolve();
    });
    const claims = await show({ claims: [claim('a'), claim('b')], extract, cancelExtraction });
    type('Reader', 'openai');
    await press('Read again');
    expect(extract).toHaveBeenLastCalledWith('p_1', 'openai', expect.anything());
    expect(screen.queryByRole('button', { name: 'Read again' })).toBeNull();
    tell({ seq: 1, ts: '', type: 'result', payload: claim('c') } as never);
    await waitFor(() => expect(rows().map(row => row.dataset.claim)).toEqual(['c']));
    expect(screen.getByText(/1 claim verified/)).toBeTruthy();
    await press('Stop reading');
    expect(rows().map(row => row.dataset.claim)).toEqual(['a', 'b']);
    expect(claims.problem).toBeNull();
  });

  it('that fails says why and keeps the claims of before', async () => {
    const error = { ...NOT_ON_PAGE, code: 'E_PDF_TIMEOUT', detail: {} };
    const extract: Api['extract'] = (_paper, _provider, { onEvent }) => {
      onEvent({ seq: 1, ts: '', type: 'error', payload: error } as never);
      onEvent({ seq: 2, ts: '', type: 'end', payload: { status: 'failed', error } } as never);
      return Promise.resolve();
    };
    await show({ claims: [claim('a')], extract });
    await press('Read again');
    expect(screen.getByRole('alert').textContent).toContain('E_PDF_TIMEOUT');
    expect(rows()).toHaveLength(1);
  });
});

describe('who read the paper', () => {
  it('is said where no model was asked', async () => {
    await show({ claims: [claim('a')] });
    expect(screen.getByText('Read by the offline reader: rules, no model')).toBeTruthy();
    expect(screen.queryByText(/have cost/)).toBeNull();
  });

  it('is said with what was dropped, what did not work and what it cost', async () => {
    const notice = { ...NOT_ON_PAGE, code: 'E_MODEL_UNAVAILABLE' as const, detail: {} };
    await show({
      claims: [claim('a', { readers: ['offline', 'openai'] })],
      list: {
        extraction: extraction({
          readers: ['offline', 'openai'],
          model: 'gpt-4o-mini',
          dropped: [{ text: 'SVM accuracy 12.3', page: 4, reason: 'not on the page' }],
          notices: [notice]
        })
      },
      usage: {
        calls: [
          {
            id: 'm_1',
            paper_id: 'p_1',
            agent: 'extractor',
            model: 'gpt-4o-mini',
            at: '2026-01-01T00:00:00Z',
            outcome: 'completed',
            response_id: null,
            input_tokens: 1000,
            cached_tokens: 0,
            output_tokens: 200,
            searches: 2,
            cost_usd: 0.0123,
            seconds: 3
          }
        ],
        spent_usd: 0.0123,
        cap_usd: 0.5
      }
    });
    for (const text of [
      'Read by offline + openai (gpt-4o-mini)',
      '1 proposal was not found in the paper and dropped',
      'page 4: not on the page',
      'E_MODEL_UNAVAILABLE',
      'Models have cost $0.0123 so far, of at most $0.50'
    ]) {
      expect(screen.getByText(text)).toBeTruthy();
    }
  });
});
