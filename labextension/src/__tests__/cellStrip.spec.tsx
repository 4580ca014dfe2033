import { nullTranslator } from '@jupyterlab/translation';
import { render, screen } from '@testing-library/react';
import * as React from 'react';

import { CellStrip } from '../components/CellStrip';
import { type IPanel, PanelProvider } from '../components/context';
import { plotsOf } from '../components/Curves';
import { RunState } from '../runFeed';
import type { StreamEvent } from '../sse';

function show(live: boolean, ...told: [number, string][]) {
  const state = new RunState();
  told.forEach(([cell, status], index) =>
    state.apply({
      seq: index + 1,
      ts: '2026-01-01T00:00:00Z',
      type: 'progress',
      payload: {
        done: status === 'completed' ? cell + 1 : cell,
        total: 4,
        unit: 'cell',
        cell,
        state: status,
        label: ''
      }
    } as StreamEvent)
  );
  return render(
    <PanelProvider value={{ trans: nullTranslator.load('p2n') } as unknown as IPanel}>
      <CellStrip state={state} live={live} now={0} onLine={jest.fn()} />
    </PanelProvider>
  ).container.querySelector('.p2n-Cells-said')?.textContent;
}

describe('CellStrip', () => {
  it('counts cells from 1, wherever the notebook is', () => {
    expect(show(true, [0, 'started'])).toBe('cell 1 of 4');
    expect(show(true, [0, 'started'], [0, 'completed'], [1, 'started'])).toBe('cell 2 of 4');
    expect(show(false, [2, 'completed'], [3, 'completed'])).toBe('cell 4 of 4');
  });

  it('names the cell that failed, and one that did not end', () => {
    expect(show(false, [1, 'completed'], [2, 'started'], [2, 'failed'])).toBe('cell 3 of 4 failed');
    expect(screen.getByRole('button', { name: 'Cell 3 of 4, 0.00 s, failed' })).toBeTruthy();
    show(false, [0, 'started']);
    expect(screen.getByRole('button', { name: 'Cell 1 of 4, not ended' })).toBeTruthy();
  });
});

describe('a curve', () => {
  it('has no tick between two steps', () => {
    const about = { name: 'loss', split: '', dataset: '', experiment: 'mlp', repeat: 0 };
    const points = [0, 1, 2].map(step => ({ step, value: 1 / (step + 1) }));
    const [{ specification }] = plotsOf([{ ...about, key: 'k', points }]);
    expect(specification).toMatchObject({
      encoding: { x: { axis: { format: 'd', tickMinStep: 1 } } }
    });
  });
});
