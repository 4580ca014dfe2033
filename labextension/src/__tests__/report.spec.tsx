import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { ReportStep } from '../components/ReportStep';
import type { PaperSession } from '../paperSession';
import { RequestError } from '../request';
import type { ClaimVerdict, Report } from '../schemas';

const UNKNOWN = { code: 'E_NOT_FOUND', message: 'not yet', remediation: 'begin' };
const HOSTILE = '<img src=x onerror="window.pwned=1">';

const box = { x0: 0, top: 0, x1: 1, bottom: 1 };

function verdict(id: string, changes: Partial<ClaimVerdict> = {}): ClaimVerdict {
  return {
    claim: {
      id,
      method: `Method ${id}`,
      dataset: 'Wine',
      split: 'test',
      metric: 'accuracy',
      value: 97.5,
      value_printed: '97.5',
      units: '%',
      uncertainty: null,
      citation: { label: 'Table 2', page: 4, quote: HOSTILE, box, region: box }
    },
    verdict: 'reproduced',
    rule: `The rule as applied to ${id}.`,
    whose: 'own_method',
    claimed: { printed: '97.5 %', low: 97.45, high: 97.55, words: '' },
    observed: { n: 20, mean: 97.6, standard_deviation: 0.4, low: 97, high: 98.2, values: [] },
    gap: 0.1,
    metric: 'accuracy',
    metric_unit: 'fraction',
    metric_gap: 0.001,
    fidelity: 'exact',
    fidelity_reasons: [],
    assumptions: [{ subject: 'config.seed', missing: 'the seed', choice: '0' }],
    justifications: [{ subject: 'model', quote: { text: HOSTILE, page: 3, box: null } }],
    plan_id: 'pl_2',
    plan_version: 2,
    run_ids: ['r_1'],
    pages: [3, 4],
    contradictions: [],
    reason: null,
    notebook_edited: false,
    ...changes
  } as unknown as ClaimVerdict;
}

const missed = verdict('b', {
  verdict: 'not_comparable',
  whose: 'baseline',
  contradictions: ['cd_1'],
  reason: 'The paper contradicts itself.'
});

const report = {
  verdicts: [verdict('a'), missed],
  counts: { reproduced: 1, not_comparable: 1 },
  counts_by_method: { own_method: { reproduced: 1 }, baseline: { not_comparable: 1 } },
  contradictions: [
    {
      id: 'cd_1',
      words: 'The abstract prints 98, Table 2 prints 97.5.',
      places: [
        { claim_id: 'x', label: 'Abstract', page: 1, printed: '98 %', quote: 'We reach 98 %.' },
        { claim_id: 'b', label: 'Table 2', page: 4, printed: '97.5 %', quote: HOSTILE }
      ]
    }
  ],
  rule: 'Ranges that meet.',
  assumptions: [],
  plans: [
    {
      id: 'pl_2',
      version: 2,
      parent: 'pl_1',
      planner: 'person',
      author: null,
      runs: ['r_1'],
      verdicts: 2
    },
    {
      id: 'pl_1',
      version: 1,
      parent: null,
      planner: 'offline',
      author: null,
      runs: [],
      verdicts: 0
    }
  ],
  runs: []
} as unknown as Report;

const artifacts = {
  run_id: 'r_1',
  artifacts: [
    {
      name: 'metrics.json',
      size_bytes: 10,
      sha256: 'a'.repeat(64),
      content_type: 'application/json',
      url: '/files/signed',
      expires_at: ''
    }
  ]
};

function show(api: object = {}) {
  const panel = {
    trans: nullTranslator.load('p2n'),
    workbench: {
      api: {
        artifacts: jest.fn().mockResolvedValue(artifacts),
        determinism: jest.fn().mockRejectedValue(new RequestError(UNKNOWN, 404)),
        evidence: jest.fn().mockResolvedValue(new Blob(['png'])),
        fileHref: (url: string) => `http://here${url}`,
        ...api
      }
    }
  } as unknown as IPanel;
  const session = {
    paperId: 'p_1',
    paper: { filename: 'attention.pdf' },
    report,
    busy: new Set(),
    runs: [{ id: 'r_1', status: 'succeeded' }],
    workbench: panel.workbench,
    unreached: [],
    walk: { at: null }
  } as unknown as PaperSession;
  return render(
    <PanelProvider value={panel}>
      <ReportStep session={session} />
    </PanelProvider>
  );
}

beforeAll(() => {
  globalThis.ResizeObserver ??= class {
    observe() {
      return undefined;
    }
    unobserve() {
      return undefined;
    }
    disconnect() {
      return undefined;
    }
  };
  URL.createObjectURL = jest.fn(() => 'blob:saved');
  URL.revokeObjectURL = jest.fn();
});

describe('ReportStep', () => {
  it('says of each claim its verdict, its rule, whose it is and which plan version ran', () => {
    show();
    const table = screen.getByRole('table', { name: 'Verdicts' });
    const badge = within(table).getByTitle('The rule as applied to a.');
    expect(badge.textContent).toContain('reproduced');
    expect(within(table).getByText("this paper's")).toBeTruthy();
    expect(within(table).getByText('a baseline')).toBeTruthy();
    expect(within(table).getAllByText('version 2')).toHaveLength(2);
    expect(within(table).getAllByTitle('+0.001 (accuracy, fraction)')).toHaveLength(2);
    expect(
      screen.getByText(/own methods: 1 reproduced\. Baselines: 1 not comparable\./)
    ).toBeTruthy();
    expect(screen.getByRole('img', { name: /claimed 97.5 %, observed 97.60 %/ })).toBeTruthy();
  });

  it('opens to what a verdict rests on, with signed links', async () => {
    const { container } = show();
    const why = screen.getByRole('button', { name: 'What the verdict on Method a rests on' });
    expect(why.getAttribute('aria-expanded')).toBe('false');
    await act(async () => {
      fireEvent.click(why);
    });
    expect(why.getAttribute('aria-expanded')).toBe('true');
    expect(screen.getByText('the seed')).toBeTruthy();
    expect(screen.getByText('Pages 3, 4 · run r_1')).toBeTruthy();
    const link = await screen.findByRole('link', { name: 'metrics.json' });
    expect(link.getAttribute('href')).toBe('http://here/files/signed');
    expect(container.querySelector('img[onerror]')).toBeNull();
    expect(container.textContent).toContain(HOSTILE);
  });

  it('shows what the paper contradicts itself in, with both places', () => {
    show();
    const section = screen.getByRole('region', { name: 'Contradictions in the paper' });
    expect(within(section).getByText('The abstract prints 98, Table 2 prints 97.5.')).toBeTruthy();
    expect(within(section).getByText('We reach 98 %.')).toBeTruthy();
    expect(screen.getByText('the paper contradicts itself here')).toBeTruthy();
  });

  it('lists only the plan versions that ran, and from which they were edited', async () => {
    show();
    const section = screen.getByRole('region', { name: 'Plans, runs and artifacts' });
    expect(section.textContent).toContain('Plan version 2');
    expect(section.textContent).toContain('edited from pl_1');
    expect(section.textContent).not.toContain('Plan version 1');
    await act(async () => {
      fireEvent.click(within(section).getByRole('button', { name: 'Artifacts' }));
    });
    expect(within(section).getByRole('link', { name: 'metrics.json' })).toBeTruthy();
  });

  it('saves each form under the paper’s name, and says what went wrong', async () => {
    const exportReport = jest
      .fn()
      .mockResolvedValueOnce(new Blob(['zip']))
      .mockRejectedValueOnce(new Error('The disk is full.'));
    const names: string[] = [];
    const click = jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
      this: HTMLAnchorElement
    ) {
      names.push(this.download);
    });
    show({ exportReport });
    const group = screen.getByRole('group', { name: 'Export the report' });
    await act(async () => {
      fireEvent.click(within(group).getByRole('button', { name: 'RO-Crate' }));
    });
    expect(exportReport).toHaveBeenCalledWith('p_1', 'crate.zip');
    expect(names).toEqual(['attention-report.crate.zip']);
    await act(async () => {
      fireEvent.click(within(group).getByRole('button', { name: 'HTML' }));
    });
    expect(screen.getByRole('alert').textContent).toContain('The disk is full.');
    click.mockRestore();
  });

  it('shows only one verdict where asked', () => {
    show();
    fireEvent.click(screen.getByRole('button', { name: '1 not comparable' }));
    const table = screen.getByRole('table', { name: 'Verdicts' });
    expect(within(table).queryByText('Method a')).toBeNull();
    expect(within(table).getByText('Method b')).toBeTruthy();
  });

  it('orders by a column, the other way round, and as the paper has it', () => {
    show();
    const table = screen.getByRole('table', { name: 'Verdicts' });
    const order = () =>
      within(table)
        .getAllByText(/^Method [ab]$/)
        .map(node => node.textContent);
    const heading = screen.getByRole('columnheader', { name: /Verdict/ });
    const press = () => fireEvent.click(within(heading).getByRole('button'));
    expect(order()).toEqual(['Method a', 'Method b']);
    press();
    press();
    expect(heading.getAttribute('aria-sort')).toBe('descending');
    expect(order()).toEqual(['Method b', 'Method a']);
    press();
    expect(heading.getAttribute('aria-sort')).toBe('none');
    expect(order()).toEqual(['Method a', 'Method b']);
  });

  it('draws all claims on one axis of gaps where asked', () => {
    const { container } = show();
    expect(container.querySelectorAll('.p2n-Plot-band').length).toBeGreaterThan(1);
    fireEvent.click(screen.getByRole('button', { name: 'Gaps on one axis' }));
    expect(screen.getByText('Observed less claimed, in percent of the claimed value')).toBeTruthy();
    expect(container.querySelectorAll('.p2n-Plot-row')).toHaveLength(2);
  });

  it('offers to check the determinism of the run behind the verdicts', () => {
    show();
    expect(screen.getByRole('button', { name: 'Check determinism' })).toBeTruthy();
  });
});
