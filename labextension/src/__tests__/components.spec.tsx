import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { IntervalPlot } from '../components/IntervalPlot';
import { LogView } from '../components/LogView';
import { ExternalLink, Problem, QuoteBlock } from '../components/parts';
import { RequestError } from '../request';
import { RunFeed, RunState } from '../runFeed';
import type { ClaimVerdict } from '../schemas';

const HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

const panel = { trans: nullTranslator.load('p2n') } as unknown as IPanel;
const show = (node: React.ReactNode) => render(<PanelProvider value={panel}>{node}</PanelProvider>);

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

function feedWith(lines: number): RunFeed {
  const state = new RunState();
  for (let seq = 1; state.log.total < lines; seq++) {
    state.apply({
      seq,
      ts: '',
      type: 'log_line',
      payload: {
        stream: seq % 2 ? 'stdout' : 'stderr',
        cell: 0,
        lines: Array.from({ length: 200 }, () => HOSTILE),
        truncated: false
      }
    });
  }
  return { state, changed: new Signal({}) } as unknown as RunFeed;
}

describe('Problem', () => {
  it('shows message, remediation and code', () => {
    const retry = jest.fn();
    const reason = new RequestError(
      {
        code: 'E_QUEUE_FULL',
        message: 'The queue is full.',
        remediation: 'Wait for a run to end.'
      },
      429
    );
    show(<Problem reason={reason} onRetry={retry} />);
    const alert = screen.getByRole('alert');
    for (const text of ['The queue is full.', 'Wait for a run to end.', 'E_QUEUE_FULL']) {
      expect(alert.textContent).toContain(text);
    }
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(retry).toHaveBeenCalledTimes(1);
  });
});

describe('text from papers and containers', () => {
  it('stays text', () => {
    const { container } = show(
      <>
        <QuoteBlock text={HOSTILE} page={1} />
        <LogView feed={feedWith(200)} live />
        <Problem reason={{ code: 'E', message: HOSTILE, remediation: HOSTILE }} />
      </>
    );
    expect(container.querySelector('img, script')).toBeNull();
    expect(container.textContent).toContain(HOSTILE);
  });

  it('makes no link of what is not http', () => {
    const { container } = show(<ExternalLink href="javascript:alert(1)">x</ExternalLink>);
    expect(container.querySelector('a')).toBeNull();
  });
});

describe('LogView', () => {
  it('keeps the DOM small however long the log is', () => {
    const { container } = show(<LogView feed={feedWith(100000)} live={false} />);
    expect(container.querySelectorAll('.p2n-Log-line').length).toBeLessThan(100);
    expect(container.querySelector<HTMLElement>('.p2n-Log-space')!.style.height).toBe(
      `${100000 * 18}px`
    );
  });

  it('marks stderr', () => {
    const { container } = show(<LogView feed={feedWith(400)} live={false} />);
    fireEvent.scroll(screen.getByRole('log'), { target: { scrollTop: 200 * 18 } });
    expect(container.querySelector('.p2n-mod-stderr .p2n-Log-mark')?.textContent).toBe('!');
  });
});

describe('IntervalPlot', () => {
  it('keeps units apart and tells the numbers in words', () => {
    const verdict = (id: string, units: string | null, value: number) =>
      ({
        claim: { id, method: id, metric: 'accuracy', units, value, value_printed: `${value}` },
        verdict: 'reproduced',
        observed: { n: 3, mean: value, low: value - 1, high: value + 1, values: [] }
      }) as unknown as ClaimVerdict;
    show(<IntervalPlot verdicts={[verdict('SVM', '%', 97.5), verdict('KNN', null, 0.9)]} />);
    const figures = screen.getAllByRole('img', { name: /accuracy/i });
    expect(figures).toHaveLength(2);
    expect(figures[0].getAttribute('aria-label')).toContain(
      'SVM: claimed 97.5 %, observed 97.50 %, reproduced'
    );
  });
});
