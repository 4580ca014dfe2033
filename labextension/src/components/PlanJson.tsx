import * as React from 'react';

import type { PaperSession } from '../paperSession';
import type { IFault } from '../planCheck';
import { type IProblem, problemOf } from '../request';
import type { Plan, PlanBody } from '../schemas';
import { usePanel } from './context';
import { type IJsonEditor, JsonEditor } from './JsonEditor';
import { Button, Problem, Spinner } from './parts';

type Checks = typeof import('../planCheck');

interface IProps {
  session: PaperSession;
  plan: Plan;
}

/** The plan's own JSON: checked as it is typed, saved as the next version, which the server checks against paper and catalogue. */
export function PlanJson({ session, plan }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const original = React.useMemo(() => JSON.stringify(plan.body, null, 2), [plan]);
  const text = session.planTexts.get(plan.id) ?? original;
  const [saving, setSaving] = React.useState(false);
  const [problem, setProblem] = React.useState<IProblem | null>(null);
  const [refused, setRefused] = React.useState<IFault[]>([]);
  const { check, places, unchecked } = usePlanCheck(session);
  const found = React.useMemo(() => check(text), [check, text]);
  const faults = React.useMemo(() => [...found, ...refused], [found, refused]);
  const editor = React.useRef<IJsonEditor>(null);
  const changed = text !== original;
  const note = (next: string) => {
    setRefused([]);
    session.notePlanText(plan.id, next === original ? null : next);
  };
  const save = async () => {
    setSaving(true);
    const wrong = await session.editPlan(plan.id, JSON.parse(text) as PlanBody);
    setSaving(false);
    setProblem(wrong);
    setRefused(wrong ? places(text, wrong) : []);
    if (!wrong) {
      session.notePlanText(plan.id, null);
    }
  };
  return (
    <div className="p2n-PlanJson">
      <p className="p2n-Muted">
        {trans.__(
          'What you change is saved as a new version beside this one. The server checks claims, quotes, dataset and licence; the report says which version ran.'
        )}
      </p>
      <JsonEditor
        ref={editor}
        label={trans.__('The plan as JSON')}
        text={text}
        readOnly={saving}
        faults={faults}
        onChange={note}
      />
      {unchecked && <Problem reason={unchecked} />}
      {faults.length > 0 && (
        <ul className="p2n-Faults" aria-label={trans.__('What is wrong in the plan')}>
          {faults.map((fault, index) => (
            <li key={index}>
              <button type="button" onClick={() => editor.current?.goTo(fault)}>
                {trans.__('Line %1', fault.line)}
              </button>{' '}
              {fault.where && <code>{fault.where}</code>} {fault.message}
            </li>
          ))}
        </ul>
      )}
      {problem && <Problem reason={problem} onDismiss={() => setProblem(null)} />}
      <div className="p2n-Toolbar">
        <Button
          kind="primary"
          disabled={saving || !changed || found.length > 0}
          onClick={() => void save()}
        >
          {saving && <Spinner />} {trans.__('Save as a new version')}
        </Button>
        <Button
          disabled={saving || !changed}
          onClick={() => {
            setProblem(null);
            note(original);
          }}
        >
          {trans.__('Discard changes')}
        </Button>
        <span className="p2n-Muted" role="status">
          {found.length > 0
            ? trans._n('%1 place is wrong', '%1 places are wrong', found.length)
            : changed
              ? trans.__('Changed, and fits the schema of plans')
              : trans.__('Unchanged')}
        </span>
      </div>
    </div>
  );
}

/** The validator is fetched when a plan is first looked at as JSON, and the schema from the server itself. */
function usePlanCheck(session: PaperSession) {
  const { trans } = usePanel();
  const [checks, setChecks] = React.useState<Checks | null>(null);
  const [check, setCheck] = React.useState<{ run: (text: string) => IFault[] } | null>(null);
  const [unchecked, setUnchecked] = React.useState<IProblem | null>(null);
  React.useEffect(() => {
    let wanted = true;
    const load = async () => {
      const loaded = await import('../planCheck');
      if (wanted) {
        setChecks(loaded);
        setCheck({ run: text => loaded.syntaxFaults(text, trans) });
      }
      const run = loaded.planCheck(await session.workbench.api.contract(), trans);
      if (wanted) {
        setCheck({ run });
      }
    };
    load().catch(reason => wanted && setUnchecked(problemOf(reason, trans)));
    return () => {
      wanted = false;
    };
  }, [session, trans]);
  return {
    check: check?.run ?? nothing,
    places: (text: string, problem: IProblem) => checks?.refusedPlaces(text, problem) ?? [],
    unchecked
  };
}

function nothing(): IFault[] {
  return [];
}
