import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { DoctorLine } from '../components/DoctorLine';
import { SidebarRuns } from '../components/SidebarRuns';
import { type RunFeed, RunState } from '../runFeed';
import type { Check, Run } from '../schemas';
import { Workbench } from '../workbench';

const trans = nullTranslator.load('p2n');
const run = (id: string, status: string, minute: number, more: Partial<Run> = {}) =>
  ({
    id,
    status,
    paper_id: null,
    title: id,
    attempt: 1,
    created_at: new Date(Date.now() - minute * 60000).toISOString(),
    started_at: null,
    duration_seconds: status === 'succeeded' ? 12 : null,
    validation_id: null,
    ...more
  }) as unknown as Run;

function show(node: React.ReactNode, workbench: object, more: Partial<IPanel> = {}) {
  render(
    <PanelProvider value={{ trans, workbench, ...more } as unknown as IPanel}>{node}</PanelProvider>
  );
}

describe('SidebarRuns', () => {
  it('parts what runs, what waits and on which place, and what has ended', () => {
    const workbench = new Workbench({ trans } as never);
    const state = new RunState();
    state.apply({
      seq: 1,
      ts: '2026-01-01T00:00:00Z',
      type: 'progress',
      payload: { done: 2, total: 8, unit: 'cell', cell: 2, state: 'started', label: '' }
    });
    const retain = jest.fn();
    const feed = { state, changed: new Signal({}), retain, release: jest.fn() };
    workbench.feed = () => feed as unknown as RunFeed;
    [
      run('old', 'succeeded', 50),
      run('first', 'queued', 9),
      run('second', 'queued', 5, { validation_id: 'v_1' }),
      run('going', 'running', 10)
    ].forEach(one => workbench.noteRun(one));
    const openRun = jest.fn();
    show(<SidebarRuns runs={workbench.runs} />, workbench, { openRun });

    const running = screen.getByRole('list', { name: 'Running' });
    expect(within(running).getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25');
    expect(running.textContent).toContain('cell 3 of 8');
    expect(retain).toHaveBeenCalledTimes(1);
    const waiting = within(screen.getByRole('list', { name: 'In the queue' })).getAllByRole(
      'listitem'
    );
    expect(waiting.map(item => item.textContent)).toEqual([
      'firstnextwaits 9 min 00 s',
      'secondplace 2 of 2waits 5 min 00 sdeterminism check'
    ]);
    const ended = screen.getByRole('list', { name: 'Ended' });
    expect(ended.textContent).toBe('oldsucceeded12.0 s·50 min ago');
    fireEvent.click(within(ended).getByRole('button'));
    expect(openRun).toHaveBeenCalledWith('old');
    workbench.dispose();
  });

  it('says what will be there where nothing is', () => {
    show(<SidebarRuns runs={[]} />, { queue: [] });
    expect(screen.queryByRole('list')).toBeNull();
    expect(screen.getByText(/appears here/)).toBeTruthy();
  });
});

describe('DoctorLine', () => {
  it('tells first what has to be mended', () => {
    const check = (name: string, status: Check['status']): Check => ({
      name,
      status,
      message: `${name} is ${status}.`,
      remediation: status === 'ok' ? '' : `Mend ${name}.`,
      url: null
    });
    const checks = [
      check('store', 'ok'),
      check('model', 'warning'),
      check('ray', 'ok'),
      check('docker', 'failed')
    ];
    show(<DoctorLine />, { doctor: { version: '1', checks }, changed: new Signal({}) });
    const items = within(screen.getByRole('list')).getAllByRole('listitem');
    expect(items.map(item => item.querySelector('b')?.textContent)).toEqual([
      'docker',
      'model',
      'store',
      'ray'
    ]);
    expect(items[0].textContent).toContain('Mend docker.');
    expect(items[0].textContent).toContain('does not work: ');
    expect(screen.getByRole('button', { name: '2 things need care' })).toBeTruthy();
  });
});
