import * as React from 'react';

import type { GlossaryEntry } from '../schemas';
import { type IPiece, type IStretch, paragraphs, pieces } from '../storyText';

interface IProps {
  text: string;
  glossary: readonly GlossaryEntry[];
  /** What is being read aloud. */
  spoken: IStretch | null;
  className: string;
}

/** A page's words: hard ones are explained where they stand, the one that is spoken is marked. */
export function StoryWords({ text, glossary, spoken, className }: IProps): React.JSX.Element {
  return (
    <div className={className}>
      {paragraphs(text).map(part => (
        <p key={part.from}>
          {pieces(text, part, glossary).map(piece =>
            piece.entry ? (
              <Word key={piece.from} piece={piece} entry={piece.entry} spoken={spoken} />
            ) : (
              <Marked key={piece.from} piece={piece} spoken={spoken} />
            )
          )}
        </p>
      ))}
    </div>
  );
}

/** Explained on hover, on focus and on a tap; Escape hides it. */
function Word(props: { piece: IPiece; entry: GlossaryEntry; spoken: IStretch | null }) {
  const { piece, entry, spoken } = props;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const meaning = React.useRef<HTMLSpanElement>(null);
  React.useLayoutEffect(() => {
    const node = meaning.current;
    const book = node?.closest('.p2n-Story');
    if (node && book) {
      // Never beyond the edge of the book.
      const over = node.getBoundingClientRect().right - book.getBoundingClientRect().right;
      node.style.marginLeft = `${Math.min(0, -over - 8)}px`;
    }
  }, [open]);
  return (
    <span
      className="p2n-Word"
      onMouseEnter={() => setOpen(true)}
      onMouseLeave={() => setOpen(false)}
    >
      <button
        type="button"
        aria-describedby={open ? id : undefined}
        aria-expanded={open}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
        onKeyDown={event => {
          if (event.key === 'Escape' && open) {
            event.stopPropagation();
            setOpen(false);
          }
        }}
      >
        <Marked piece={piece} spoken={spoken} />
      </button>
      {open && (
        <span ref={meaning} className="p2n-Word-meaning" role="tooltip" id={id}>
          <b>{entry.word}</b> {entry.meaning}
        </span>
      )}
    </span>
  );
}

/** A piece with the part that is being spoken set off. */
function Marked({ piece, spoken }: { piece: IPiece; spoken: IStretch | null }): React.JSX.Element {
  const from = Math.max(piece.from, spoken?.from ?? Infinity);
  const to = Math.min(piece.to, spoken?.to ?? -Infinity);
  if (from >= to) {
    return <>{piece.text}</>;
  }
  const cut = (start: number, end: number) =>
    piece.text.slice(start - piece.from, end - piece.from);
  return (
    <>
      {cut(piece.from, from)}
      <mark className="p2n-Spoken">{cut(from, to)}</mark>
      {cut(to, piece.to)}
    </>
  );
}
