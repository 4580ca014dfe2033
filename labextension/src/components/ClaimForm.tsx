import * as React from 'react';

import { type IClaimDraft, patchOf } from '../claimDraft';
import { facetOf } from '../claimFilter';
import type { PaperSession } from '../paperSession';
import type { IProblem } from '../request';
import type { Claim } from '../schemas';
import { usePanel } from './context';
import { Button, Problem } from './parts';
import { fieldNames } from './words';

interface IProps {
  session: PaperSession;
  claim: Claim;
  draft: IClaimDraft;
  onDone: () => void;
}

type TextField = Exclude<keyof IClaimDraft, 'direction' | 'own_method' | 'note'>;

const TEXTS: readonly TextField[] = [
  'method',
  'dataset',
  'split',
  'metric',
  'value_printed',
  'units'
];
const REQUIRED: readonly TextField[] = ['method', 'metric', 'value_printed'];

/** Corrects a claim. What the server refuses stays as it was typed, with the reason. */
export function ClaimForm({ session, claim, draft, onDone }: IProps): React.JSX.Element {
  const { trans } = usePanel();
  const { claims } = session;
  const [problem, setProblem] = React.useState<IProblem | null>(null);
  const form = React.useRef<HTMLFormElement>(null);
  const foot = React.useRef<HTMLDivElement>(null);
  const names = fieldNames(trans);
  const busy = claims.busy.has(claim.id);
  React.useEffect(() => {
    form.current?.querySelector<HTMLElement>('input')?.focus();
  }, []);
  React.useEffect(() => {
    if (problem) {
      foot.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [problem]);
  const change = (part: Partial<IClaimDraft>) => claims.note(claim.id, { ...draft, ...part });
  const submit = async () => {
    const patch = patchOf(claim, draft);
    if (Object.keys(patch).length > 0) {
      setProblem(null);
      const refused = await session.patch(claim.id, patch);
      if (refused) {
        setProblem(refused);
        return;
      }
    }
    onDone();
  };
  return (
    <form
      ref={form}
      className="p2n-ClaimForm"
      aria-label={trans.__('Correct this claim')}
      onSubmit={event => {
        event.preventDefault();
        if (!busy) {
          void submit();
        }
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.preventDefault();
          event.stopPropagation();
          onDone();
        }
      }}
    >
      {TEXTS.map(field => (
        <label key={field}>
          <span>{names[field]}</span>
          <Suggested
            value={draft[field]}
            required={REQUIRED.includes(field)}
            suggestions={suggestions(claims.all, field)}
            onChange={value => change({ [field]: value })}
          />
        </label>
      ))}
      <label>
        <span>{names.direction}</span>
        <select
          className="jp-mod-styled"
          value={draft.direction}
          onChange={event => change({ direction: event.target.value as IClaimDraft['direction'] })}
        >
          <option value="">{trans.__('not stated')}</option>
          <option value="maximize">{trans.__('higher')}</option>
          <option value="minimize">{trans.__('lower')}</option>
        </select>
      </label>
      <label>
        <span>{names.own_method}</span>
        <select
          className="jp-mod-styled"
          value={draft.own_method}
          onChange={event =>
            change({ own_method: event.target.value as IClaimDraft['own_method'] })
          }
        >
          <option value="">{trans.__('not stated')}</option>
          <option value="yes">{trans.__("this paper's")}</option>
          <option value="no">{trans.__('a baseline')}</option>
        </select>
      </label>
      <label className="p2n-mod-whole">
        <span>{names.note}</span>
        <textarea
          className="jp-mod-styled"
          rows={2}
          maxLength={2000}
          value={draft.note}
          onChange={event => change({ note: event.target.value })}
        />
      </label>
      <div className="p2n-mod-whole" ref={foot}>
        {problem && <Problem reason={problem} />}
        <div className="p2n-Evidence-acts">
          <Button type="submit" kind="primary" aria-disabled={busy}>
            {busy ? trans.__('Saving …') : trans.__('Save')}
          </Button>
          <Button onClick={onDone}>{trans.__('Cancel')}</Button>
        </div>
      </div>
    </form>
  );
}

function Suggested(props: {
  value: string;
  required: boolean;
  suggestions: string[];
  onChange: (value: string) => void;
}): React.JSX.Element {
  const list = React.useId();
  return (
    <>
      <input
        type="text"
        className="jp-mod-styled"
        autoComplete="off"
        spellCheck={false}
        required={props.required}
        value={props.value}
        list={props.suggestions.length > 0 ? list : undefined}
        onChange={event => props.onChange(event.target.value)}
      />
      {props.suggestions.length > 0 && (
        <datalist id={list}>
          {props.suggestions.map(text => (
            <option key={text} value={text} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** The paper's own words for a field; numbers are not suggested, they stand on the page. */
function suggestions(claims: readonly Claim[], field: TextField): string[] {
  if (field === 'value_printed') {
    return [];
  }
  const texts = claims.map(claim =>
    field === 'split' || field === 'units' ? (claim[field] ?? '') : facetOf(claim, field)
  );
  return [...new Set(texts)].filter(Boolean).slice(0, 200);
}
