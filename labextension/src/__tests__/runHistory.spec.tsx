import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { RunHistory } from '../components/RunHistory';
import type { RunSession } from '../runSession';
import type { ClaimVerdict, Run } from '../schemas';

const run = (id: string, status: string) =>
  ({
    id,
    status,
    plan_id: 'pl_1',
    created_at: '2026-01-01T00:00:00Z',
    duration_seconds: 12,
    error: null,
    artifacts: [{ size_bytes: 1000 }]
  }) as unknown as Run;

const verdicts = [
  { verdict: 'reproduced', run_ids: ['r_1'] },
  { verdict: 'reproduced', run_ids: ['r_1', 'r_0'] },
  { verdict: 'close', run_ids: ['r_1'] },
  { verdict: 'not_run', run_ids: ['r_1'] }
] as unknown as ClaimVerdict[];

describe('RunHistory', () => {
  it('tells status, time, verdicts and space, and deletes what is chosen after it was asked', async () => {
    const removeMany = jest.fn().mockResolvedValue({
      deleted: ['r_1'],
      kept: [{ run_id: 'r_0', reason: { message: 'It goes on.' } }],
      bytes_freed: 5_000_000
    });
    const session = {
      runs: [run('r_2', 'running'), run('r_1', 'succeeded'), run('r_0', 'failed')],
      runId: 'r_1',
      busy: new Set(),
      select: jest.fn(),
      removeMany
    } as unknown as RunSession;
    const confirm = jest.fn().mockResolvedValueOnce(false).mockResolvedValueOnce(true);
    const items = [{ kind: 'run', id: 'r_1', size_bytes: 4_000_000 }];
    const panel = {
      trans: nullTranslator.load('p2n'),
      confirm,
      workbench: { api: { storage: () => Promise.resolve({ items }) } }
    } as unknown as IPanel;
    await act(async () => {
      render(
        <PanelProvider value={panel}>
          <RunHistory session={session} verdicts={verdicts} />
        </PanelProvider>
      );
    });
    const rows = within(screen.getByRole('table', { name: 'Runs so far' })).getAllByRole('row');
    expect(rows[2].textContent).toContain('2 reproduced, 1 close');
    expect(rows[2].textContent).toContain('4.0 MB');
    expect(rows[3].textContent).toContain('1 reproduced');
    expect(rows[3].textContent).toContain('1.0 kB');
    expect(screen.getByText('3 runs, 4.0 MB')).toBeTruthy();
    const live = screen.getByRole<HTMLInputElement>('checkbox', { name: 'Choose run 3' });
    expect(live.disabled).toBe(true);
    fireEvent.click(screen.getByRole('checkbox', { name: 'Choose all runs that have ended' }));
    const remove = screen.getByRole('button', { name: 'Delete 2 runs (4.0 MB)' });
    await act(async () => {
      fireEvent.click(remove);
    });
    expect(removeMany).not.toHaveBeenCalled();
    await act(async () => {
      fireEvent.click(remove);
    });
    expect(removeMany).toHaveBeenCalledWith(['r_1', 'r_0']);
    expect(screen.getByRole('status').textContent).toBe(
      '1 run deleted, 5.0 MB freed. r_0 stays: It goes on.'
    );
  });
});
