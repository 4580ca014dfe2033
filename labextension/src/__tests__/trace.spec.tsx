import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import * as React from 'react';

import type { Api } from '../api';
import { type IPanel, PanelProvider } from '../components/context';
import { TraceSection } from '../components/TraceSection';
import type { Run, RunTrace, TraceSpan } from '../schemas';
import { rowsOf, shownRows } from '../trace';

let number = 0;
function span(
  name: string,
  depth: number,
  offset_seconds: number,
  seconds: number | null,
  more: Partial<TraceSpan> = {}
): TraceSpan {
  return {
    span_id: `s${++number}`,
    parent_id: null,
    depth,
    name,
    process: 'worker',
    start: '2026-01-01T00:00:00Z',
    offset_seconds,
    seconds,
    status: seconds === null ? 'open' : 'ok',
    message: '',
    attributes: {},
    events: [],
    ...more
  };
}

const TRACE: RunTrace = {
  run_id: 'r_1',
  trace_id: 'a'.repeat(32),
  complete: true,
  begin: '2026-01-01T00:00:00Z',
  seconds: 10,
  spans: [
    span('p2n.run', 0, 0, 10, { process: 'server', attributes: { run_id: 'r_1' } }),
    span('p2n.worker.exec', 1, 2, 6),
    span('p2n.worker.cell', 2, 2, 1, { attributes: { cell: 0, label: '<b>Data</b>' } }),
    span('p2n.worker.cell', 2, 3, 5, {
      attributes: { cell: 1 },
      status: 'error',
      message: 'the cell failed'
    }),
    span('p2n.worker.upload', 1, 8, 2),
    span('p2n.store.put', 2, 8, 0.5),
    span('p2n.store.put', 2, 8.5, 0.5),
    span('p2n.store.get', 2, 9, 0.5)
  ]
};

describe('the rows of a trace', () => {
  it('are its spans, calls of the store that follow each other as one', () => {
    const rows = rowsOf(TRACE);
    expect(rows.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 2, 1]);
    expect(rows[5]).toMatchObject({ seconds: 1, end: 9, parent: 4 });
    expect(rows.map(({ parent }) => parent)).toEqual([-1, 0, 1, 1, 0, 4, 4]);
    expect(rows.map(({ hasChildren }) => hasChildren)).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
      false
    ]);
  });

  it('hide with what they are in, however deep', () => {
    const rows = rowsOf(TRACE);
    const [root, exec] = rows.map(row => row.span.span_id);
    expect(shownRows(rows, new Set([exec]))).toEqual([0, 1, 4, 5, 6]);
    expect(shownRows(rows, new Set([root]))).toEqual([0]);
  });

  it('reach to the end where they go on', () => {
    const [row] = rowsOf({ ...TRACE, seconds: 4, spans: [span('p2n.run', 0, 1, null)] });
    expect(row).toMatchObject({ seconds: null, end: 4 });
  });
});

async function show(trace: jest.Mock, run: Partial<Run> = { status: 'succeeded' }) {
  const panel = { trans: nullTranslator.load('p2n') } as unknown as IPanel;
  const { container } = render(
    <PanelProvider value={panel}>
      <TraceSection api={{ trace } as unknown as Api} run={{ id: 'r_1', ...run } as Run} />
    </PanelProvider>
  );
  expect(trace).not.toHaveBeenCalled();
  const details = container.querySelector('details')!;
  await act(async () => {
    details.open = true;
    fireEvent(details, new Event('toggle'));
    await Promise.resolve();
  });
  return container;
}

const items = () => screen.getAllByRole('treeitem');
const press = (key: string) => fireEvent.keyDown(document.activeElement!, { key });

describe('TraceSection', () => {
  afterEach(() => jest.useRealTimers());

  it('draws each step on the time of the run, in words', async () => {
    const container = await show(jest.fn().mockResolvedValue(TRACE));
    expect(items().map(item => item.getAttribute('aria-label'))).toEqual([
      'The run, server, begins after 0.00 s, took 10.0 s, done',
      'Execution, worker, begins after 2.0 s, took 6.0 s, done',
      'Cell 1: <b>Data</b>, worker, begins after 2.0 s, took 1.0 s, done',
      'Cell 2, worker, begins after 3.0 s, took 5.0 s, failed',
      'Upload, worker, begins after 8.0 s, took 2.0 s, done',
      'Store: put × 2, worker, begins after 8.0 s, took 1.0 s, done',
      'Store: get, worker, begins after 9.0 s, took 0.50 s, done'
    ]);
    const bars = [...container.querySelectorAll<HTMLElement>('.p2n-TraceTimeline-bar')];
    expect([bars[1].style.left, bars[1].style.width]).toEqual(['20%', '60%']);
    expect(container.querySelector('.p2n-TraceTimeline b')).toBeNull();
  });

  it('is gone through by keys, as a tree', async () => {
    await show(jest.fn().mockResolvedValue(TRACE));
    items()[0].focus();
    press('ArrowDown');
    expect(document.activeElement).toBe(items()[1]);
    press('ArrowLeft');
    expect(items()).toHaveLength(5);
    expect(items()[1].getAttribute('aria-expanded')).toBe('false');
    press('ArrowRight');
    expect(items()).toHaveLength(7);
    press('ArrowRight');
    press('ArrowDown');
    expect(document.activeElement).toBe(items()[3]);
    expect(screen.getByText('the cell failed')).toBeTruthy();
    press('ArrowLeft');
    expect(document.activeElement).toBe(items()[1]);
    press('End');
    expect(document.activeElement).toBe(items()[6]);
    expect(items().filter(item => item.tabIndex === 0)).toEqual([items()[6]]);
  });

  it('is a table where asked', async () => {
    await show(jest.fn().mockResolvedValue(TRACE));
    fireEvent.click(screen.getByRole('button', { name: 'Table' }));
    const rows = within(screen.getByRole('table')).getAllByRole('row');
    expect([...rows[4].children].map(cell => cell.textContent)).toEqual([
      'Cell 2',
      'worker',
      '3.0 s',
      '5.0 s',
      'failedthe cell failed'
    ]);
  });

  it('follows a run that goes on, and says what cannot be had', async () => {
    jest.useFakeTimers();
    const trace = jest
      .fn()
      .mockResolvedValueOnce({ ...TRACE, complete: false })
      .mockRejectedValueOnce(new Error('The server is gone.'))
      .mockResolvedValue(TRACE);
    await show(trace, { status: 'running' });
    expect(screen.getByText('8 steps, not complete')).toBeTruthy();
    await act(async () => {
      await jest.advanceTimersByTimeAsync(2100);
    });
    expect(screen.getByRole('alert').textContent).toContain('The server is gone.');
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
      await Promise.resolve();
    });
    expect(screen.getByText('8 steps')).toBeTruthy();
  });
});
