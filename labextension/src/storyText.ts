import type { GlossaryEntry } from './schemas';

/** A stretch of a page's text, with its place in the whole. */
export interface IStretch {
  from: number;
  to: number;
}

export interface IPiece extends IStretch {
  text: string;
  /** Set where the piece is a word that the glossary explains. */
  entry: GlossaryEntry | null;
}

/** Paragraphs are parted by an empty line. */
export function paragraphs(text: string): IStretch[] {
  return stretches(text, /\S(?:[^\n]|\n(?!\s*\n))*/g);
}

/** Sentences, as they are read aloud; a point in a number ends none. */
export function sentences(text: string): IStretch[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
  return [...segmenter.segment(text)]
    .map(({ segment, index }) => ({ from: index, to: index + segment.trimEnd().length }))
    .filter(({ from, to }) => to > from);
}

/** A part of the text, the first time each word of the glossary stands in the page made a piece of its own. */
export function pieces(text: string, part: IStretch, glossary: readonly GlossaryEntry[]): IPiece[] {
  const found = explained(text, glossary).filter(
    piece => piece.from >= part.from && piece.to <= part.to
  );
  const all: IPiece[] = [];
  let at = part.from;
  for (const piece of found) {
    if (piece.from > at) {
      all.push({ from: at, to: piece.from, text: text.slice(at, piece.from), entry: null });
    }
    all.push(piece);
    at = piece.to;
  }
  if (at < part.to) {
    all.push({ from: at, to: part.to, text: text.slice(at, part.to), entry: null });
  }
  return all;
}

function explained(text: string, glossary: readonly GlossaryEntry[]): IPiece[] {
  const taken: IPiece[] = [];
  // A long word before a short one that is part of it.
  const entries = [...glossary].sort((a, b) => b.word.length - a.word.length);
  for (const entry of entries) {
    const word = entry.word.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const [first] = stretches(
      text,
      new RegExp(`(?<![\\p{L}\\p{N}])${word}(?:s|es)?(?![\\p{L}\\p{N}])`, 'giu')
    ).filter(({ from, to }) => taken.every(other => to <= other.from || from >= other.to));
    if (first) {
      taken.push({ ...first, text: text.slice(first.from, first.to), entry });
    }
  }
  return taken.sort((a, b) => a.from - b.from);
}

function stretches(text: string, pattern: RegExp): IStretch[] {
  return [...text.matchAll(pattern)].map(match => ({
    from: match.index,
    to: match.index + match[0].length
  }));
}
