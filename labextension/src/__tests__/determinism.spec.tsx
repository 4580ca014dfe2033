import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import type { Api } from '../api';
import { type IPanel, PanelProvider } from '../components/context';
import { Determinism } from '../components/Determinism';
import { RequestError } from '../request';
import type { DeterminismValidation, Run } from '../schemas';

const panel = { trans: nullTranslator.load('p2n') } as unknown as IPanel;
const run = { id: 'r_0', status: 'succeeded' } as Run;

function validation(changes: Partial<DeterminismValidation>): DeterminismValidation {
  return {
    id: 'v_0',
    run_id: 'r_0',
    plan_id: null,
    status: 'running',
    wanted: 3,
    runs: ['r_0', 'r_1', 'r_2', 'r_3'].map((run_id, place) => ({
      run_id,
      original: place === 0,
      status: place < 2 ? 'succeeded' : 'queued',
      node: null,
      seconds: null,
      metrics_sha256: null
    })),
    created_at: '2026-01-01T00:00:00Z',
    ended_at: null,
    comparison: null,
    error: null,
    ...changes
  };
}

const DIFFERENT = validation({
  status: 'different',
  comparison: {
    identical: false,
    metrics_compared: 4,
    metrics_different: 1,
    metrics: [
      {
        name: 'accuracy',
        split: 'test',
        dataset: '',
        experiment: 'knn',
        repeat: 0,
        step: null,
        values: [0.5, 0.75, null, 0.5],
        spread: 0.25
      }
    ],
    cells: [],
    first: {
      cell: 4,
      label: 'Evaluation',
      source: '',
      line: 2,
      left_run: 'r_0',
      right_run: 'r_2',
      left: ['begin', '<b>left</b>'],
      right: ['begin', 'right', 'more']
    },
    causes: [
      {
        code: 'E_DETERMINISM_UNSEEDED_RNG',
        certainty: 'certain',
        message: 'Nobody seeded it.',
        remedy: 'Seed it.',
        evidence: [{ cell: 2, line: 3, code: 'np.random.rand(3)', reaches: true }]
      }
    ]
  }
});

const unknown = () =>
  Promise.reject(
    new RequestError({ code: 'E_NOT_FOUND', message: 'not yet', remediation: 'begin' }, 404)
  );

async function show(api: Partial<Api>) {
  await act(async () => {
    render(
      <PanelProvider value={panel}>
        <Determinism api={api as Api} run={run} />
      </PanelProvider>
    );
    await Promise.resolve();
  });
}

describe('Determinism', () => {
  afterEach(() => jest.useRealTimers());

  it('checks when asked and follows to the end', async () => {
    jest.useFakeTimers();
    const identical = validation({ status: 'identical' });
    const determinism = jest.fn(unknown as () => Promise<DeterminismValidation>);
    const validateDeterminism = jest.fn(() => Promise.resolve(validation({})));
    await show({ determinism, validateDeterminism });
    expect(screen.queryByRole('alert')).toBeNull();
    determinism.mockResolvedValue(identical);
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Check determinism' }));
      await Promise.resolve();
    });
    expect(validateDeterminism).toHaveBeenCalledWith('r_0', 3);
    expect(screen.getByRole('status').textContent).toContain('1 of 3 runs have ended');
    expect(screen.getByRole('button', { name: 'Stop' })).toBeTruthy();
    await act(async () => {
      await jest.advanceTimersByTimeAsync(2000);
    });
    expect(screen.getByRole('status').textContent).toContain('3 of 3 runs gave the same bytes');
  });

  it('shows metric, cell side by side, cause and remedy as text', async () => {
    await show({ determinism: () => Promise.resolve(DIFFERENT) });
    const body = document.body.textContent ?? '';
    for (const text of [
      '1 of 4 metrics differ',
      '0.5 · 0.75 · – · 0.5',
      'First cell that differs: 5 (Evaluation)',
      'E_DETERMINISM_UNSEEDED_RNG',
      'np.random.rand(3)',
      '→ Seed it.',
      '<b>left</b>'
    ]) {
      expect(body).toContain(text);
    }
    expect(screen.getByRole('columnheader', { name: 'run 2' })).toBeTruthy();
    expect(document.querySelectorAll('.p2n-mod-unlike')).toHaveLength(2);
  });

  it('tells why nothing could be compared', async () => {
    const error = {
      code: 'E_RUN_NO_METRICS' as const,
      message: 'No metric.',
      remediation: 'Report one.',
      detail: {}
    };
    await show({ determinism: () => Promise.resolve(validation({ status: 'failed', error })) });
    expect(screen.getByRole('alert').textContent).toContain('Report one.');
  });
});
