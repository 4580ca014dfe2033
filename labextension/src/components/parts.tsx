import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { problemOf } from '../request';
import type { Fidelity, RunStatus, VerdictKind } from '../schemas';
import { usePanel } from './context';
import { fidelityNames, runStatusNames, verdictNames } from './words';

interface IButtonProps extends React.ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  icon?: LabIcon;
  small?: boolean;
}

export const Button = React.forwardRef<HTMLButtonElement, IButtonProps>(
  function Button(props, ref): React.JSX.Element {
    const { kind = 'plain', icon: Icon, small, children, className, ...rest } = props;
    const names = ['p2n-Button', `p2n-mod-${kind}`, small ? 'p2n-mod-small' : '', className ?? ''];
    return (
      <button ref={ref} type="button" {...rest} className={names.join(' ').trim()}>
        {Icon && <Icon.react tag="span" className="p2n-Button-icon" width="16px" height="16px" />}
        {children !== undefined && children !== null && (
          <span className="p2n-Button-label">{children}</span>
        )}
      </button>
    );
  }
);

interface IProblemProps {
  reason: unknown;
  onRetry?: () => void;
  onDismiss?: () => void;
}

/** Every failure is shown so: what happened, what to do about it, and its code to search for. */
export function Problem({ reason, onRetry, onDismiss }: IProblemProps): React.JSX.Element {
  const { trans } = usePanel();
  const problem = isProblem(reason) ? reason : problemOf(reason, trans);
  return (
    <div className="p2n-Problem" role="alert">
      <div className="p2n-Problem-body">
        <div className="p2n-Problem-message">{problem.message}</div>
        {problem.remediation && (
          <div className="p2n-Problem-remediation">{problem.remediation}</div>
        )}
        <code className="p2n-Problem-code">{problem.code}</code>
      </div>
      <div className="p2n-Problem-actions">
        {onRetry && (
          <Button small onClick={onRetry}>
            {trans.__('Try again')}
          </Button>
        )}
        {onDismiss && (
          <Button small kind="quiet" onClick={onDismiss} aria-label={trans.__('Dismiss')}>
            ✕
          </Button>
        )}
      </div>
    </div>
  );
}

function isProblem(
  reason: unknown
): reason is { code: string; message: string; remediation: string } {
  return (
    typeof reason === 'object' &&
    reason !== null &&
    !(reason instanceof Error) &&
    'remediation' in reason
  );
}

interface IBarProps {
  /** 0 to 1; null: under way, nobody knows how far. */
  value: number | null;
  label: string;
}

export function Bar({ value, label }: IBarProps): React.JSX.Element {
  const percent = value === null ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      className={`p2n-Bar${percent === undefined ? ' p2n-mod-unknown' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div
        className="p2n-Bar-fill"
        style={percent === undefined ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}

export function Spinner(): React.JSX.Element {
  return <span className="p2n-Spinner" aria-hidden="true" />;
}

type Tone = 'good' | 'fair' | 'bad' | 'neutral' | 'info' | 'accent';

export function Badge(props: { tone: Tone; title?: string; children: React.ReactNode }) {
  return (
    <span className={`p2n-Badge p2n-mod-${props.tone}`} title={props.title}>
      {props.children}
    </span>
  );
}

const VERDICT_TONE: Record<VerdictKind, Tone> = {
  reproduced: 'good',
  close: 'fair',
  not_reproduced: 'bad',
  not_comparable: 'info',
  not_run: 'neutral'
};
const VERDICT_MARK: Record<VerdictKind, string> = {
  reproduced: '✓',
  close: '≈',
  not_reproduced: '✗',
  not_comparable: '≠',
  not_run: '–'
};

export function VerdictBadge(props: { verdict: VerdictKind; title?: string }) {
  const { trans } = usePanel();
  return (
    <Badge tone={VERDICT_TONE[props.verdict]} title={props.title}>
      <span aria-hidden="true">{VERDICT_MARK[props.verdict]} </span>
      {verdictNames(trans)[props.verdict]}
    </Badge>
  );
}

const RUN_TONE: Record<RunStatus, Tone> = {
  queued: 'neutral',
  running: 'accent',
  succeeded: 'good',
  failed: 'bad',
  timeout: 'bad',
  cancelled: 'neutral'
};

export function RunBadge({ status }: { status: RunStatus }) {
  const { trans } = usePanel();
  return <Badge tone={RUN_TONE[status]}>{runStatusNames(trans)[status]}</Badge>;
}

const FIDELITY_TONE: Record<Fidelity, Tone> = { exact: 'good', reduced: 'fair', proxy: 'info' };

export function FidelityBadge(props: { fidelity: Fidelity; reasons: string[] }) {
  const { trans } = usePanel();
  return (
    <Badge tone={FIDELITY_TONE[props.fidelity]} title={props.reasons.join('\n')}>
      {fidelityNames(trans)[props.fidelity]}
    </Badge>
  );
}

/** What to do where there is nothing yet. */
export function Empty(props: { title: string; children?: React.ReactNode }): React.JSX.Element {
  return (
    <div className="p2n-Empty">
      <div className="p2n-Empty-title">{props.title}</div>
      <div className="p2n-Empty-body">{props.children}</div>
    </div>
  );
}

export function Section(props: {
  title: string;
  aside?: React.ReactNode;
  children: React.ReactNode;
}): React.JSX.Element {
  const id = React.useId();
  return (
    <section className="p2n-Section" aria-labelledby={id}>
      <header className="p2n-Section-head">
        <h3 id={id}>{props.title}</h3>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

/** A table that may be wider or longer than its place; the keyboard can scroll it. */
export function Frame(props: { label: string; children: React.ReactNode }): React.JSX.Element {
  return (
    <div className="p2n-TableFrame" role="group" aria-label={props.label} tabIndex={0}>
      {props.children}
    </div>
  );
}

/** A quote of the paper with its page. */
export function QuoteBlock(props: { text: string; page: number; children?: React.ReactNode }) {
  const { trans } = usePanel();
  return (
    <figure className="p2n-Quote">
      <blockquote>{props.text}</blockquote>
      <figcaption>
        {props.children}
        <span className="p2n-Quote-page">{trans.__('page %1', props.page)}</span>
      </figcaption>
    </figure>
  );
}

/** Only http(s) addresses become links; anything else stays text. */
export function ExternalLink({ href, children }: { href: string; children: React.ReactNode }) {
  return /^https?:\/\//i.test(href) ? (
    <a href={href} target="_blank" rel="noopener noreferrer" className="p2n-Link">
      {children}
    </a>
  ) : (
    <>{children}</>
  );
}
