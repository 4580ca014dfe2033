import * as React from 'react';

import type { ReportForm } from '../api';
import { reportName, save } from '../claimExport';
import type { PaperSession } from '../paperSession';
import { usePanel } from './context';
import { Button, Problem } from './parts';

const FORMS: readonly ReportForm[] = ['html', 'md', 'json', 'crate.zip'];

/** The report as a file to keep, or as a crate that others can run again. */
export function ReportExports({ session }: { session: PaperSession }): React.JSX.Element {
  const { workbench, trans } = usePanel();
  const [busy, setBusy] = React.useState<ReportForm | null>(null);
  const [reason, setReason] = React.useState<unknown>(null);
  const names: Record<ReportForm, [string, string]> = {
    html: ['HTML', trans.__('Save as one page with plots that loads nothing')],
    md: ['Markdown', trans.__('Save as Markdown')],
    json: ['JSON', trans.__('Save as JSON, with every rule and quote')],
    'crate.zip': [
      'RO-Crate',
      trans.__('Save with notebooks, locks and artifacts, to be run again with one docker command')
    ]
  };
  const keep = async (form: ReportForm) => {
    setBusy(form);
    setReason(null);
    try {
      const file = await workbench.api.exportReport(session.paperId, form);
      save(file, reportName(session.paper?.filename ?? 'paper', form));
    } catch (error) {
      setReason(error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <>
      <span className="p2n-Export" role="group" aria-label={trans.__('Export the report')}>
        <span className="p2n-Muted">{trans.__('Export')}</span>
        {FORMS.map(form => (
          <Button
            key={form}
            small
            disabled={busy !== null}
            title={names[form][1]}
            onClick={() => void keep(form)}
          >
            {busy === form ? trans.__('Saving …') : names[form][0]}
          </Button>
        ))}
      </span>
      {reason !== null && <Problem reason={reason} onDismiss={() => setReason(null)} />}
    </>
  );
}
