import type { ClaimList } from './schemas';

export type ExportKind = 'csv' | 'json';

const BYTE_ORDER_MARK = '\ufeff';

/** The server's file with only the claims that are shown: its own filters are wider than the panel's. */
export function onlyShown(text: string, kind: ExportKind, ids: ReadonlySet<string>): Blob {
  if (kind === 'csv') {
    const rows = keepRows(text.replace(BYTE_ORDER_MARK, ''), ids);
    return new Blob([BYTE_ORDER_MARK, rows], { type: 'text/csv;charset=utf-8' });
  }
  return new Blob([keepClaims(text, ids)], { type: 'application/json' });
}

/** The head row and the records whose first field is one of the ids, byte for byte. */
export function keepRows(csv: string, ids: ReadonlySet<string>): string {
  const [head = '', ...records] = recordsOf(csv);
  const kept = records.filter(record => {
    const comma = record.search(/[,\r\n]/);
    return ids.has(record.slice(0, comma < 0 ? undefined : comma).replace(/"/g, ''));
  });
  return head + kept.join('');
}

export function keepClaims(json: string, ids: ReadonlySet<string>): string {
  const list = JSON.parse(json) as ClaimList;
  return JSON.stringify(
    { ...list, claims: list.claims.filter(claim => ids.has(claim.id)) },
    null,
    2
  );
}

/** Records of RFC 4180 with their line ends: a quoted field may hold line ends of its own. */
function recordsOf(csv: string): string[] {
  return csv.match(/(?:"(?:[^"]|"")*"|[^"\n])*(?:\n|$)/g)?.filter(record => record !== '') ?? [];
}

/** Hands a file to the browser's own way of keeping files. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  open(url, name);
  // The browser has taken the address over by then.
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** A name that says of which paper: "attention.pdf" gives "attention-claims.csv". */
export function exportName(filename: string, kind: ExportKind): string {
  return `${stemOf(filename)}-claims.${kind}`;
}

export function reportName(filename: string, form: string): string {
  return `${stemOf(filename)}-report.${form}`;
}

/** A file's name without its ending, fit for any file system. */
export function stemOf(filename: string): string {
  const stem = filename
    .replace(/\.pdf$/i, '')
    // eslint-disable-next-line no-control-regex
    .replace(/[\\/:*?"<>|\x00-\x1f]+/g, '_')
    .slice(0, 100);
  return stem || 'paper';
}

/** Lets the browser fetch and keep what lies at an address. */
export function open(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  document.body.appendChild(link);
  link.click();
  link.remove();
}
