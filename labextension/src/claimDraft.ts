import type { Claim, ClaimPatch } from './schemas';

/** A claim as a form holds it: every field a text, the empty one for what is not said. */
export interface IClaimDraft {
  method: string;
  dataset: string;
  split: string;
  metric: string;
  value_printed: string;
  units: string;
  direction: '' | 'maximize' | 'minimize';
  own_method: '' | 'yes' | 'no';
  note: string;
}

export function draftOf(claim: Claim): IClaimDraft {
  return {
    method: claim.method,
    dataset: claim.dataset ?? '',
    split: claim.split ?? '',
    metric: claim.metric,
    value_printed: claim.value_printed,
    units: claim.units ?? '',
    direction: claim.direction ?? '',
    own_method: claim.own_method === null ? '' : claim.own_method ? 'yes' : 'no',
    note: claim.note ?? ''
  };
}

/** What the form changes of the claim, and nothing else. The server reads the number out of its printed form. */
export function patchOf(claim: Claim, draft: IClaimDraft): ClaimPatch {
  const before = draftOf(claim);
  const patch: ClaimPatch = {};
  for (const field of ['method', 'metric', 'value_printed'] as const) {
    const text = draft[field].trim();
    if (text !== before[field].trim()) {
      patch[field] = text;
    }
  }
  for (const field of ['dataset', 'split', 'units', 'note'] as const) {
    const text = draft[field].trim();
    if (text !== before[field].trim()) {
      patch[field] = text || null;
    }
  }
  if (draft.direction !== before.direction) {
    patch.direction = draft.direction || null;
  }
  if (draft.own_method !== before.own_method) {
    patch.own_method = draft.own_method === '' ? null : draft.own_method === 'yes';
  }
  return patch;
}
