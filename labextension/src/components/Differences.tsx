import * as React from 'react';

import type { Claim, Disagreement } from '../schemas';
import { usePanel } from './context';
import { fieldNames, fieldValue } from './words';

/** What the first reader said of a field, whatever a person has made of it since. */
function firstWord(claim: Claim, field: Disagreement['field']) {
  return (claim.proposed ?? claim)[field];
}

/** Where a second reader says something else of the same number, side by side. */
export function Disagreements({ claim }: { claim: Claim }): React.JSX.Element | null {
  const { trans } = usePanel();
  if (claim.disagreements.length === 0) {
    return null;
  }
  const names = fieldNames(trans);
  const others = [...new Set(claim.disagreements.map(({ reader }) => reader))];
  const fields = [...new Set(claim.disagreements.map(({ field }) => field))];
  return (
    <div className="p2n-Differences">
      <table className="p2n-Table">
        <caption>{trans.__('The readers disagree')}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">{trans.__('%1 says', claim.readers[0])}</th>
            {others.map(reader => (
              <th scope="col" key={reader}>
                {trans.__('%1 says', reader)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {fields.map(field => (
            <tr key={field}>
              <th scope="row">{names[field]}</th>
              <td>{fieldValue(trans, field, firstWord(claim, field))}</td>
              {others.map(reader => {
                const other = claim.disagreements.find(
                  item => item.field === field && item.reader === reader
                );
                return (
                  <td key={reader}>
                    {other ? fieldValue(trans, field, other.value) : trans.__('the same')}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const CORRECTABLE = [
  'method',
  'dataset',
  'split',
  'metric',
  'value_printed',
  'units',
  'direction',
  'own_method'
] as const;

/** What the reader had proposed, where a person said otherwise. */
export function Corrections({ claim }: { claim: Claim }): React.JSX.Element | null {
  const { trans } = usePanel();
  const { proposed } = claim;
  const changed = proposed ? CORRECTABLE.filter(field => proposed[field] !== claim[field]) : [];
  if (!proposed || changed.length === 0) {
    return null;
  }
  const names = fieldNames(trans);
  return (
    <div className="p2n-Differences">
      <table className="p2n-Table">
        <caption>{trans.__('Corrected by a person')}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">{trans.__('proposed')}</th>
            <th scope="col">{trans.__('now')}</th>
          </tr>
        </thead>
        <tbody>
          {changed.map(field => (
            <tr key={field}>
              <th scope="row">{names[field]}</th>
              <td>
                <del>{fieldValue(trans, field, proposed[field])}</del>
              </td>
              <td>{fieldValue(trans, field, claim[field])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
