import * as React from 'react';

import type { Check } from '../schemas';
import { usePanel, useSignal } from './context';
import { Button, ExternalLink } from './parts';
import { checkNames } from './words';

const MARK: Record<Check['status'], string> = { ok: '●', warning: '▲', failed: '✖', unknown: '○' };
/** What has to be mended comes first. */
const ORDER: readonly Check['status'][] = ['failed', 'warning', 'unknown', 'ok'];

/** What P2N stands on, in a line; all of it on demand. */
export function DoctorLine(): React.JSX.Element {
  const { workbench, trans } = usePanel();
  useSignal(workbench.changed);
  const [open, setOpen] = React.useState<boolean | null>(null);
  const { doctor } = workbench;
  const names = checkNames(trans);
  const checks = [...(doctor?.checks ?? [])].sort(
    (a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status)
  );
  const troubles = checks.filter(check => check.status === 'failed' || check.status === 'warning');
  const worst = checks.some(check => check.status === 'failed')
    ? 'failed'
    : troubles.length
      ? 'warning'
      : doctor
        ? 'ok'
        : 'unknown';
  const summary = !doctor
    ? trans.__('System state unknown')
    : troubles.length
      ? trans._n('%1 thing needs care', '%1 things need care', troubles.length)
      : trans.__('Ready');
  const shown = open ?? worst === 'failed';
  return (
    <section className="p2n-Doctor" aria-label={trans.__('What P2N stands on')}>
      <header>
        <button
          type="button"
          className="p2n-Doctor-summary"
          aria-expanded={shown}
          onClick={() => setOpen(!shown)}
        >
          <span className={`p2n-Doctor-mark p2n-mod-${worst}`} aria-hidden="true">
            {MARK[worst]}
          </span>
          {summary}
        </button>
        <span className="p2n-Doctor-names">
          {checks
            .filter(check => /docker|ray/i.test(check.name))
            .map(check => (
              <span key={check.name}>
                {check.url ? (
                  <ExternalLink href={check.url}>{trans.__('%1 ↗', check.name)}</ExternalLink>
                ) : (
                  check.name
                )}
              </span>
            ))}
        </span>
      </header>
      {shown && (
        <>
          <ul>
            {checks.map(check => (
              <li key={check.name}>
                <span className={`p2n-Doctor-mark p2n-mod-${check.status}`} aria-hidden="true">
                  {MARK[check.status]}
                </span>
                <div>
                  <b>{check.name}</b>{' '}
                  <span className="p2n-Visually-hidden">{names[check.status]}: </span>
                  {check.message}
                  {check.remediation && check.status !== 'ok' && (
                    <div className="p2n-Problem-remediation">{check.remediation}</div>
                  )}
                  {check.url && (
                    <div>
                      <ExternalLink href={check.url}>
                        {trans.__('Open the dashboard of %1', check.name)}
                      </ExternalLink>
                    </div>
                  )}
                </div>
              </li>
            ))}
          </ul>
          <Button small kind="quiet" onClick={() => void workbench.examine()}>
            {trans.__('Check again')}
          </Button>
          {doctor && <span className="p2n-Muted">P2N {doctor.version}</span>}
        </>
      )}
    </section>
  );
}
