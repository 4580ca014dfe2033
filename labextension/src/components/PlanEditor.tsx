import * as React from 'react';

import type { PaperSession } from '../paperSession';
import type { IProblem } from '../request';
import type { Plan, PlanBody } from '../schemas';
import { usePanel } from './context';
import { Button, Problem, Spinner } from './parts';

interface IProps {
  session: PaperSession;
  plan: Plan;
  onDone: () => void;
}

/** The plan's own JSON: saved as the next version, which the server checks against paper and catalogue. */
export function PlanEditor({ session, plan, onDone }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const [text, setText] = React.useState(() => JSON.stringify(plan.body, null, 2));
  const [saving, setSaving] = React.useState(false);
  const [problem, setProblem] = React.useState<IProblem | null>(null);
  const save = async () => {
    let body: PlanBody;
    try {
      body = JSON.parse(text) as PlanBody;
    } catch (reason) {
      setProblem({
        code: 'E_PANEL',
        message: (reason as Error).message,
        remediation: trans.__('Correct the JSON at the place that the message names.')
      });
      return;
    }
    setSaving(true);
    const wrong = await session.editPlan(plan.id, body);
    setSaving(false);
    setProblem(wrong);
    if (!wrong) {
      onDone();
    }
  };
  return (
    <div className="p2n-PlanEditor">
      <p className="p2n-Muted">
        {trans.__(
          'Saved as a new version beside this one. Claims, quotes, dataset and licence are checked; the report says which version ran.'
        )}
      </p>
      <textarea
        className="jp-mod-styled"
        aria-label={trans.__('The plan as JSON')}
        rows={24}
        spellCheck={false}
        value={text}
        disabled={saving}
        onChange={event => setText(event.target.value)}
      />
      {problem && <Problem reason={problem} onDismiss={() => setProblem(null)} />}
      <div className="p2n-Toolbar">
        <Button kind="primary" disabled={saving} onClick={() => void save()}>
          {saving && <Spinner />} {trans.__('Save as a new version')}
        </Button>
        <Button disabled={saving} onClick={onDone}>
          {trans.__('Cancel')}
        </Button>
      </div>
    </div>
  );
}
