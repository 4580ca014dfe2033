import { addIcon, editIcon, notebookIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { PaperSession } from '../paperSession';
import type { Plan } from '../schemas';
import { usePanel } from './context';
import { FileLinks } from './FileLinks';
import { Badge, Button, Empty, Problem, Section, Spinner } from './parts';
import { PlanForm } from './PlanForm';
import { PlanJson } from './PlanJson';
import { PlanningView } from './PlanningView';
import { PlanView } from './PlanView';

type Face = 'read' | 'edit' | 'json';

export function PlanStep({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const { plan } = session;
  const [face, setFace] = React.useState<Face>('read');
  const edit = React.useRef<HTMLButtonElement>(null);
  if (!plan) {
    return <NoPlan session={session} />;
  }
  return (
    <div className="p2n-Column">
      <PlanBar session={session} plan={plan} />
      {session.planning.state && <PlanningView planning={session.planning.state} />}
      <Materialized session={session} plan={plan} />
      <Faces face={face} onFace={setFace} editRef={edit} />
      <div
        className="p2n-Column"
        role="tabpanel"
        id={`p2n-plan-${session.paperId}`}
        aria-label={trans.__('The plan')}
      >
        {face === 'json' ? (
          <PlanJson key={plan.id} session={session} plan={plan} />
        ) : face === 'edit' ? (
          <PlanForm
            key={plan.id}
            session={session}
            plan={plan}
            onDone={() => {
              setFace('read');
              setTimeout(() => edit.current?.focus());
            }}
          />
        ) : (
          <PlanView session={session} plan={plan} />
        )}
      </div>
    </div>
  );
}

function NoPlan({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  const planning = session.busy.has('plan');
  const without = session.claims.all.length === 0;
  if (session.planning.state) {
    return <PlanningView planning={session.planning.state} />;
  }
  return (
    <Empty title={trans.__('How would this be run again?')}>
      <p>
        {trans.__(
          'A plan names dataset, methods and settings, quotes the paper for each choice, and says what the paper leaves unsaid.'
        )}
      </p>
      {without ? (
        <>
          <p>{trans.__('The claims come first: a plan is about some of them.')}</p>
          <Button kind="primary" onClick={() => session.show('claims')}>
            {trans.__('Go to the claims')}
          </Button>
        </>
      ) : (
        <div className="p2n-Toolbar">
          <Budget session={session} />
          <Button kind="primary" disabled={planning} onClick={() => void session.makePlan()}>
            {planning && <Spinner />} {planning ? trans.__('Planning …') : trans.__('Make a plan')}
          </Button>
        </div>
      )}
    </Empty>
  );
}

/** Which version is looked at, and a new one. */
function PlanBar({ session, plan }: { session: PaperSession; plan: Plan }): React.JSX.Element {
  const { trans } = usePanel();
  const { plans, busy } = session;
  const planning = busy.has('plan');
  return (
    <div className="p2n-Toolbar">
      <label className="p2n-Field">
        {trans.__('Plan')}
        <select
          className="jp-mod-styled"
          value={plan.id}
          onChange={event => session.selectPlan(event.target.value)}
        >
          {plans.map(other => (
            <option key={other.id} value={other.id}>
              {[
                other.body.dataset.title,
                trans.__('version %1', other.version),
                other.author ?? other.planner,
                new Date(other.created_at).toLocaleString()
              ].join(', ')}
            </option>
          ))}
        </select>
      </label>
      <span className="p2n-Spacer" />
      <Budget session={session} />
      <Button small icon={addIcon} disabled={planning} onClick={() => void session.makePlan()}>
        {planning ? trans.__('Planning …') : trans.__('Plan anew')}
      </Button>
    </div>
  );
}

/** The plan to read, in fields, or as JSON. */
function Faces(props: {
  face: Face;
  onFace: (face: Face) => void;
  editRef: React.Ref<HTMLButtonElement>;
}): React.JSX.Element {
  const { face, onFace } = props;
  const { trans } = usePanel();
  const faces: [Face, string][] = [
    ['read', trans.__('Read')],
    ['edit', trans.__('Edit')],
    ['json', trans.__('JSON')]
  ];
  const onKey = (event: React.KeyboardEvent<HTMLElement>) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      const index = faces.findIndex(([name]) => name === face);
      const next = (index + by + faces.length) % faces.length;
      onFace(faces[next][0]);
      event.currentTarget.querySelectorAll('button')[next].focus();
    }
  };
  return (
    <div
      className="p2n-Faces"
      role="tablist"
      aria-label={trans.__('How the plan is shown')}
      onKeyDown={onKey}
    >
      {faces.map(([name, label]) => (
        <button
          key={name}
          ref={name === 'edit' ? props.editRef : undefined}
          type="button"
          role="tab"
          aria-selected={face === name}
          tabIndex={face === name ? 0 : -1}
          onClick={() => onFace(name)}
        >
          {name === 'edit' && <editIcon.react tag="span" width="14px" height="14px" />}
          {label}
        </button>
      ))}
    </div>
  );
}

function Budget({ session }: { session: PaperSession }): React.JSX.Element {
  const { trans } = usePanel();
  return (
    <label className="p2n-Field" title={trans.__('How long a run of the next plan may take')}>
      {trans.__('Budget')}
      <input
        type="number"
        className="jp-mod-styled"
        min={1}
        max={20}
        step={1}
        value={session.budgetMinutes}
        onChange={event => session.setBudget(event.target.valueAsNumber)}
      />
      {trans.__('minutes')}
    </label>
  );
}

/** What materializing fixes: the environment to the byte, and the notebook to read, edit and run. */
function Materialized(props: { session: PaperSession; plan: Plan }): React.JSX.Element {
  const { session, plan } = props;
  const { trans } = usePanel();
  const { busy, assets } = session;
  const working = busy.has('materialize');
  if (!plan.env_hash) {
    return (
      <div className="p2n-Note p2n-Materialize">
        <span>
          {working
            ? trans.__('Writing the notebook and resolving its packages to the last hash …')
            : trans.__(
                'This version has no notebook yet. Materializing writes it, with an environment locked to the last hash.'
              )}
        </span>
        <Button kind="primary" disabled={working} onClick={() => void session.materialize()}>
          {working && <Spinner />} {working ? trans.__('Resolving …') : trans.__('Materialize')}
        </Button>
      </div>
    );
  }
  return (
    <Section
      title={trans.__('Materialized')}
      aside={
        plan.notebook_edited && (
          <Badge
            tone="fair"
            title={trans.__('A person has edited the notebook; the report says so too')}
          >
            {trans.__('notebook edited')}
          </Badge>
        )
      }
    >
      <NotebookActs session={session} plan={plan} />
      <details className="p2n-Details">
        <summary>{trans.__('Environment and files')}</summary>
        <dl className="p2n-Facts">
          <dt>{trans.__('Environment')}</dt>
          <dd>
            <code title={plan.env_hash}>{plan.env_hash.slice(0, 23)}…</code>, Python{' '}
            {plan.python_version}
          </dd>
          <dt>{trans.__('Base image')}</dt>
          <dd>
            <code title={plan.image_digest ?? ''}>{plan.image_digest?.slice(0, 23)}…</code>
          </dd>
          <dt>{trans.__('Files')}</dt>
          <dd>
            {assets ? (
              <FileLinks
                files={assets.files}
                label={trans.__('Files of the plan')}
                renew={async () => (await session.workbench.api.planAssets(plan.id)).files}
              />
            ) : (
              <Spinner />
            )}
          </dd>
        </dl>
        <Rematerialize session={session} plan={plan} />
      </details>
    </Section>
  );
}

/** Writes notebook and lock again, from the plan as it is. */
function Rematerialize({ session, plan }: { session: PaperSession; plan: Plan }) {
  const { trans, confirm } = usePanel();
  const working = session.busy.has('materialize');
  const again = async () => {
    // Only a person's own edits can be lost: the same plan gives the same files.
    const agreed =
      !plan.notebook_edited ||
      (await confirm(
        trans.__('Write the notebook anew?'),
        trans.__('The edits that were sent to this plan are replaced by the plan’s own notebook.'),
        trans.__('Write it anew')
      ));
    if (agreed) {
      await session.materialize();
    }
  };
  return (
    <Button small disabled={working} onClick={() => void again()}>
      {working && <Spinner />} {working ? trans.__('Resolving …') : trans.__('Materialize again')}
    </Button>
  );
}

/** The notebook goes into the person's own files, and comes back from there to be run. */
function NotebookActs({ session, plan }: { session: PaperSession; plan: Plan }) {
  const { trans, files } = usePanel();
  const [path, setPath] = React.useState<string | null>(null);
  const [busy, setBusy] = React.useState(false);
  const [reason, setReason] = React.useState<unknown>(null);
  React.useEffect(() => {
    let wanted = true;
    void files.notebookOf(plan.id).then(known => wanted && setPath(known));
    return () => {
      wanted = false;
    };
  }, [files, plan.id]);
  const guarded = async (work: () => Promise<void>) => {
    setBusy(true);
    setReason(null);
    try {
      await work();
    } catch (error) {
      setReason(error);
    } finally {
      setBusy(false);
    }
  };
  const open = () =>
    guarded(async () => {
      // One that is there already may hold the person's work: it is opened, never written over.
      let known = await files.notebookOf(plan.id);
      if (!known) {
        const { name, notebook } = await session.notebook();
        known = await files.keepNotebook(plan, name, notebook);
      }
      setPath(known);
      files.open(known);
    });
  const runEdited = (edited: string) =>
    guarded(async () => {
      const { notebook } = await files.readNotebook(edited);
      if (await session.runNotebook(notebook)) {
        session.show('run');
      }
    });
  const dispatching = session.watch.busy.has('dispatch') || session.busy.has('notebook');
  return (
    <>
      <div className="p2n-Toolbar">
        <Button
          kind="primary"
          icon={runIcon}
          disabled={dispatching}
          onClick={() => {
            session.show('run');
            void session.startRun();
          }}
        >
          {trans.__('Run it')}
        </Button>
        <Button icon={notebookIcon} disabled={busy} onClick={() => void open()}>
          {trans.__('Open notebook')}
        </Button>
        {path && (
          <Button
            icon={runIcon}
            disabled={busy || dispatching}
            title={trans.__('Sends %1 back to this plan and runs it, marked as edited', path)}
            onClick={() => void runEdited(path)}
          >
            {trans.__('Run my edited notebook')}
          </Button>
        )}
        {path && <code className="p2n-Muted">{path}</code>}
      </div>
      {reason !== null && <Problem reason={reason} onDismiss={() => setReason(null)} />}
    </>
  );
}
