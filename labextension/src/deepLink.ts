import { PageConfig, URLExt } from '@jupyterlab/coreutils';

import { type Step, STEPS } from './paperSession';

export interface ILink {
  paperId: string;
  step?: Step;
}

export function stepOf(name: unknown): Step | undefined {
  return STEPS.find(step => step === name);
}

/** The paper that an address asks for: `?p2n=<paper>&step=<step>`; null where it asks for none. */
export function linkedPaper(search: string): ILink | null {
  const query = new URLSearchParams(search);
  const paperId = query.get('p2n');
  return paperId ? { paperId, step: stepOf(query.get('step')) } : null;
}

/** The address once the link has been followed: a reload shall not follow it again. */
export function withoutLink(location: { path: string; search?: string; hash: string }): string {
  const query = new URLSearchParams(location.search);
  query.delete('p2n');
  query.delete('step');
  const rest = query.toString();
  return `${location.path}${rest ? `?${rest}` : ''}${location.hash}`;
}

/** An address that opens JupyterLab with the paper at a step. */
export function linkTo({ paperId, step }: ILink): string {
  const query = new URLSearchParams({ p2n: paperId, ...(step ? { step } : {}) });
  return `${URLExt.join(PageConfig.getBaseUrl(), 'lab')}?${query.toString()}`;
}
