import { paragraphs, pieces, sentences } from '../storyText';

const TEXT = 'The test got 97.5 out of 100. Was it true?\n\nWe ran a test. <b>Two tests</b> agree!';
const GLOSSARY = [
  { word: 'test', meaning: 'A try that shows if something works.' },
  { word: 'out of 100', meaning: 'How many of a hundred.' }
];
const shown = (stretches: { from: number; to: number }[]) =>
  stretches.map(({ from, to }) => TEXT.slice(from, to));

describe("a story page's text", () => {
  it('has paragraphs where an empty line stands', () => {
    expect(shown(paragraphs(TEXT))).toEqual([
      'The test got 97.5 out of 100. Was it true?',
      'We ran a test. <b>Two tests</b> agree!'
    ]);
  });

  it('is read sentence by sentence, and no number is torn apart', () => {
    expect(shown(sentences(TEXT)).slice(0, 2)).toEqual([
      'The test got 97.5 out of 100.',
      'Was it true?'
    ]);
  });

  it('explains a word the first time it stands there, and loses nothing', () => {
    const parts = paragraphs(TEXT).map(part => pieces(TEXT, part, GLOSSARY));
    expect(parts[0].filter(({ entry }) => entry).map(({ text }) => text)).toEqual([
      'test',
      'out of 100'
    ]);
    expect(parts[1].every(({ entry }) => entry === null)).toBe(true);
    expect(parts.map(part => part.map(({ text }) => text).join(''))).toEqual(
      shown(paragraphs(TEXT))
    );
  });
});
