import type { RunTrace, TraceSpan } from './schemas';

/** One line of a timeline: a span, or calls of the store that follow each other and differ in their object only. */
export interface ITraceRow {
  span: TraceSpan;
  /** How many spans it stands for. */
  count: number;
  /** All of them together; null while it goes on. */
  seconds: number | null;
  /** From the trace's begin to the end of the last of them. */
  end: number;
  hasChildren: boolean;
  /** Place of the row above it in the tree; -1 at the root. */
  parent: number;
}

/** The trace's spans as lines, in the tree's order. */
export function rowsOf(trace: RunTrace): ITraceRow[] {
  const { spans } = trace;
  const whole = wholeSeconds(trace);
  const rows: ITraceRow[] = [];
  const above: number[] = [];
  spans.forEach((span, index) => {
    const hasChildren = (spans[index + 1]?.depth ?? 0) > span.depth;
    const end = span.seconds === null ? whole : span.offset_seconds + span.seconds;
    const last = rows[rows.length - 1];
    if (last && !hasChildren && alike(last, span)) {
      last.count += 1;
      last.seconds = (last.seconds ?? 0) + (span.seconds ?? 0);
      last.end = Math.max(last.end, end);
      return;
    }
    above.length = span.depth;
    above[span.depth] = rows.length;
    rows.push({
      span,
      count: 1,
      seconds: span.seconds,
      end,
      hasChildren,
      parent: span.depth > 0 ? (above[span.depth - 1] ?? -1) : -1
    });
  });
  return rows;
}

/** Places of the rows that are shown when what is below these spans is hidden. */
export function shownRows(rows: readonly ITraceRow[], closed: ReadonlySet<string>): number[] {
  const hidden = new Set<number>();
  return [...rows.keys()].filter(index => {
    const { parent } = rows[index];
    if (parent >= 0 && (hidden.has(parent) || closed.has(rows[parent].span.span_id))) {
      hidden.add(index);
    }
    return !hidden.has(index);
  });
}

/** Seconds that the timeline covers; what goes on is drawn to its end. */
export function wholeSeconds({ seconds, spans }: RunTrace): number {
  return Math.max(seconds ?? 0, ...spans.slice(-1).map(span => span.offset_seconds), 1e-6);
}

function alike({ span, hasChildren }: ITraceRow, next: TraceSpan): boolean {
  return (
    !hasChildren &&
    span.name.startsWith('p2n.store.') &&
    span.status === 'ok' &&
    next.status === 'ok' &&
    span.name === next.name &&
    span.depth === next.depth
  );
}
