import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { act, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { CellStrip } from '../components/CellStrip';
import { type IPanel, PanelProvider } from '../components/context';
import { LogView } from '../components/LogView';
import { type RunFeed, RunState } from '../runFeed';
import type { StreamEvent } from '../sse';

const panel = { trans: nullTranslator.load('p2n') } as unknown as IPanel;

function stateOf(...events: [string, object][]): RunState {
  const state = new RunState();
  events.forEach(([type, payload], index) =>
    state.apply({
      seq: index + 1,
      ts: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
      type,
      payload
    } as unknown as StreamEvent)
  );
  return state;
}

const lines = (stream: string, ...texts: string[]): [string, object] => [
  'log_line',
  { stream, cell: 0, lines: texts, truncated: false }
];

function show(state: RunState, more: Partial<React.ComponentProps<typeof LogView>> = {}) {
  const feed = { state, changed: new Signal({}) } as unknown as RunFeed;
  return render(
    <PanelProvider value={panel}>
      <LogView feed={feed} live={false} {...more} />
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
});

describe('LogView', () => {
  it('opens the search by Ctrl+F, goes from hit to hit, marks text as text, and closes by Escape', () => {
    const { container } = show(stateOf(lines('stdout', 'one <b>x</b>', 'two', 'ONE more')));
    fireEvent.keyDown(screen.getByRole('log'), { key: 'f', ctrlKey: true });
    const box = screen.getByRole('searchbox', { name: 'Find in the log' });
    fireEvent.change(box, { target: { value: 'one' } });
    expect(screen.getByRole('status').textContent).toBe('1 of 2 lines');
    expect([...container.querySelectorAll('mark')].map(node => node.textContent)).toEqual([
      'one',
      'ONE'
    ]);
    fireEvent.keyDown(box, { key: 'Enter' });
    expect(screen.getByRole('status').textContent).toBe('2 of 2 lines');
    expect(container.querySelector('.p2n-mod-current')?.textContent).toContain('ONE more');
    fireEvent.keyDown(box, { key: 'Enter' });
    expect(screen.getByRole('status').textContent).toBe('1 of 2 lines');
    fireEvent.keyDown(box, { key: 'Enter', shiftKey: true });
    expect(screen.getByRole('status').textContent).toBe('2 of 2 lines');
    fireEvent.click(screen.getByRole('button', { name: 'Match case' }));
    expect(screen.getByRole('status').textContent).toBe('1 of 1 line');
    fireEvent.change(box, { target: { value: 'x</b>' } });
    expect(container.querySelector('.p2n-Log-line b')).toBeNull();
    fireEvent.keyDown(box, { key: 'Escape' });
    expect(screen.queryByRole('searchbox')).toBeNull();
    expect(document.activeElement).toBe(screen.getByRole('log'));
  });

  it('shows only stderr where asked', () => {
    const { container } = show(stateOf(lines('stdout', 'good'), lines('stderr', 'bad', 'worse')));
    fireEvent.click(screen.getByRole('button', { name: 'stderr: 2' }));
    const shown = [...container.querySelectorAll('.p2n-Log-line')].map(node => node.textContent);
    expect(shown).toEqual(['2!bad', '3!worse']);
  });

  it('says what went wrong with a download', async () => {
    const onDownload = jest.fn().mockRejectedValue(new Error('The link has ended.'));
    show(stateOf(lines('stdout', 'a')), { onDownload });
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Download the whole log' }));
    });
    expect(screen.getByRole('alert').textContent).toContain('The link has ended.');
  });
});

describe('CellStrip', () => {
  it('tells each cell and leads to its first line, by keyboard too', () => {
    const progress = (cell: number, state: string, done: number): [string, object] => [
      'progress',
      { done, total: 3, unit: 'cell', cell, state, label: `part ${cell}` }
    ];
    const state = stateOf(
      progress(0, 'started', 0),
      lines('stdout', 'a', 'b'),
      progress(0, 'completed', 1),
      progress(1, 'started', 1),
      progress(1, 'failed', 1)
    );
    const onLine = jest.fn();
    render(
      <PanelProvider value={panel}>
        <CellStrip state={state} live={false} now={0} onLine={onLine} />
      </PanelProvider>
    );
    const first = screen.getByRole('button', { name: 'Cell 1 of 3, part 0, 2.0 s' });
    const second = screen.getByRole('button', { name: 'Cell 2 of 3, part 1, 1.0 s, failed' });
    expect(screen.getByRole('button', { name: 'Cell 3 of 3, to come' }).className).toContain(
      'p2n-mod-todo'
    );
    fireEvent.click(first);
    expect(onLine).toHaveBeenCalledWith(1);
    fireEvent.click(second);
    expect(onLine).toHaveBeenCalledTimes(1);
    first.focus();
    fireEvent.keyDown(first, { key: 'ArrowRight' });
    expect(document.activeElement).toBe(second);
  });
});
