import { type IStretch, sentences } from './storyText';

interface IHearing {
  /** The stretch of the text that is being spoken. */
  onSpoken: (stretch: IStretch) => void;
  /** All of it was spoken; not called after `stop`. */
  onEnd: () => void;
  /** The browser could not speak. */
  onFailure: () => void;
}

/** Whether this browser can speak. */
export function canSpeak(): boolean {
  return 'speechSynthesis' in window && 'SpeechSynthesisUtterance' in window;
}

/** Reads a text aloud, sentence by sentence: browsers fall silent in long ones. Returns what stops it. */
export function readAloud(text: string, { onSpoken, onEnd, onFailure }: IHearing): () => void {
  const queue = sentences(text);
  let stopped = false;
  window.speechSynthesis.cancel();
  const next = () => {
    const sentence = queue.shift();
    if (stopped) {
      return;
    }
    if (!sentence) {
      onEnd();
      return;
    }
    const utterance = new SpeechSynthesisUtterance(text.slice(sentence.from, sentence.to));
    utterance.lang = 'en';
    utterance.rate = 0.9;
    onSpoken(sentence);
    utterance.onboundary = ({ name, charIndex, charLength }) => {
      if (!stopped && name === 'word' && charLength > 0) {
        const from = sentence.from + charIndex;
        onSpoken({ from, to: from + charLength });
      }
    };
    utterance.onend = next;
    utterance.onerror = ({ error }) => {
      if (!stopped && error !== 'interrupted' && error !== 'canceled') {
        stopped = true;
        onFailure();
      }
    };
    window.speechSynthesis.speak(utterance);
  };
  next();
  return () => {
    stopped = true;
    window.speechSynthesis.cancel();
  };
}
