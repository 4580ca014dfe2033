import type { TranslationBundle } from '@jupyterlab/translation';
import { render } from '@testing-library/react';
import * as React from 'react';

import { type IPanel, PanelProvider } from '../components/context';
import { FidelityBadge, Problem, RunBadge, VerdictBadge } from '../components/parts';
import { ago } from '../format';
import { LogBuffer } from '../log';
import { syntaxFaults } from '../planCheck';
import type { Fidelity, RunStatus, VerdictKind } from '../schemas';

/** A language of its own: what has not gone through it is seen. */
const filled = (text: string, ...values: unknown[]) =>
  `«${text.replace(/%(\d)/g, (_, place: string) => String(values[Number(place) - 1]))}»`;
const trans = { __: filled } as unknown as TranslationBundle;

const RUNS: RunStatus[] = ['queued', 'running', 'succeeded', 'failed', 'timeout', 'cancelled'];
const VERDICTS: VerdictKind[] = [
  'reproduced',
  'close',
  'not_reproduced',
  'not_comparable',
  'not_run'
];
const FIDELITIES: Fidelity[] = ['exact', 'reduced', 'proxy'];

describe('another language', () => {
  it('has words for each status, verdict and fidelity', () => {
    const { container } = render(
      <PanelProvider value={{ trans } as unknown as IPanel}>
        {RUNS.map(status => (
          <RunBadge key={status} status={status} />
        ))}
        {VERDICTS.map(verdict => (
          <VerdictBadge key={verdict} verdict={verdict} />
        ))}
        {FIDELITIES.map(fidelity => (
          <FidelityBadge key={fidelity} fidelity={fidelity} reasons={[]} />
        ))}
      </PanelProvider>
    );
    const badges = [...container.querySelectorAll('.p2n-Badge')].map(node => node.textContent);
    expect(badges).toHaveLength(RUNS.length + VERDICTS.length + FIDELITIES.length);
    badges.forEach(text => expect(text).toMatch(/^(. )?«[a-z ]+»$/));
  });

  it('has words for what was thrown here, and leaves those of the server alone', () => {
    const { container } = render(
      <PanelProvider value={{ trans } as unknown as IPanel}>
        <Problem reason={new Error('x is not defined')} />
        <Problem reason={{ code: 'E', message: 'The queue is full.', remediation: 'Wait.' }} />
      </PanelProvider>
    );
    const said = [...container.querySelectorAll('.p2n-Problem-remediation')].map(
      node => node.textContent
    );
    expect(said[0]).toMatch(/^«Try again;.*»$/);
    expect(said[1]).toBe('Wait.');
  });

  it('has words for times, for a log that was cut, and for what is no JSON', () => {
    const now = Date.parse('2026-01-01T12:00:00Z');
    expect(ago(trans, '2026-01-01T11:59:59Z', now)).toBe('«just now»');
    expect(ago(trans, '2026-01-01T11:30:00Z', now)).toBe('«30 min ago»');
    expect(ago(trans, '2026-01-01T09:30:00Z', now)).toBe('«2 h ago»');
    expect(ago(trans, '2025-12-01T09:30:00Z', now)).toBe('2025-12-01');
    const log = new LogBuffer(10, trans);
    log.append({ stream: 'stdout', cell: 0, lines: ['a'], truncated: true });
    expect(log.at(2)?.text).toMatch(/^«… output was cut/);
    const [fault] = syntaxFaults('{"a" 1}', trans);
    expect(fault.message).toBe('«colon expected»');
  });
});
