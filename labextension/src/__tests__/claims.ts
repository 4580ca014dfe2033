import type { Claim, Extraction } from '../schemas';

/** A claim as the server sends one, with what a test is about changed. */
export function claim(id: string, part: Partial<Claim> & { label?: string } = {}): Claim {
  const { label = 'Table 1', ...rest } = part;
  const box = { x0: 10, top: 10, x1: 30, bottom: 20 };
  return {
    id,
    paper_id: 'p_1',
    method: 'SVM',
    dataset: 'Wine',
    split: null,
    metric: 'accuracy',
    value: 97.5,
    value_printed: '97.5',
    units: '%',
    direction: 'maximize',
    uncertainty: null,
    own_method: null,
    headline: false,
    citation: {
      label,
      page: 1,
      row_headings: ['SVM'],
      column_headings: ['Wine'],
      quote: 'SVM 97.5',
      box,
      region: box
    },
    confidence: 0.9,
    reasons: ['stands in a table of results'],
    readers: ['offline'],
    disagreements: [],
    status: 'proposed',
    note: null,
    proposed: null,
    corrected_at: null,
    ...rest
  };
}

export function extraction(part: Partial<Extraction> = {}): Extraction {
  return {
    readers: ['offline'],
    provider: 'auto',
    model: null,
    claims: 1,
    dropped: [],
    notices: [],
    seconds: 1.5,
    finished_at: '2026-01-01T00:00:00Z',
    ...part
  };
}
