import type { Api } from './api';
import { errorOf } from './request';
import type { SignedFile } from './schemas';

/** Asks for the same files with fresh links. */
export type Renew = () => Promise<SignedFile[]>;

/** Links are renewed so long before they end. */
const EARLY_MS = 60000;
/** However short they live, they are not asked for more often. */
const LEAST_MS = 5000;
/** The longest that a browser's timer takes. */
const MOST_MS = 2 ** 31 - 1;
/** How stores refuse a link that has ended. */
const ENDED: readonly number[] = [400, 401, 403, 410];

/** Milliseconds until links should be renewed; null where there are none, or nobody knows when they end. */
export function renewalIn(files: readonly SignedFile[], now: number): number | null {
  const ends = files.map(file => Date.parse(file.expires_at)).filter(Number.isFinite);
  return ends.length > 0
    ? Math.min(MOST_MS, Math.max(LEAST_MS, Math.min(...ends) - EARLY_MS - now))
    : null;
}

/**
 * The file's bytes, by fresh links where its own has ended; null where only the browser itself may fetch them: a
 * store elsewhere need not let pages read. Raises RequestError.
 */
export async function fetched(api: Api, file: SignedFile, renew: Renew): Promise<Blob | null> {
  let response = await ask(api, file);
  if (response && ENDED.includes(response.status)) {
    const fresh = (await renew()).find(({ name }) => name === file.name);
    response = fresh ? await ask(api, fresh) : response;
  }
  if (response && !response.ok) {
    throw await errorOf(response, api.trans);
  }
  return response ? response.blob() : null;
}

/** A signed link needs no token, so none is sent. */
async function ask(api: Api, file: SignedFile): Promise<Response | null> {
  const href = api.fileHref(file.url);
  return href ? fetch(href, { cache: 'no-store' }).catch(() => null) : null;
}
