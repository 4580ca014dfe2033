import { draftOf, patchOf } from '../claimDraft';
import { claim } from './claims';

const CLAIM = claim('a', { split: null, own_method: null, note: 'old' });

describe('a correction', () => {
  it('sends nothing where nothing was changed', () => {
    const draft = draftOf(CLAIM);
    expect(patchOf(CLAIM, draft)).toEqual({});
    expect(patchOf(CLAIM, { ...draft, method: ' SVM ' })).toEqual({});
  });

  it('sends what was changed and nothing else', () => {
    const draft = { ...draftOf(CLAIM), method: ' RBF SVM', value_printed: '96.09' };
    expect(patchOf(CLAIM, draft)).toEqual({ method: 'RBF SVM', value_printed: '96.09' });
  });

  it('tells an emptied field from one that was left alone', () => {
    const draft = { ...draftOf(CLAIM), dataset: ' ', units: '', note: '' };
    expect(patchOf(CLAIM, draft)).toEqual({ dataset: null, units: null, note: null });
    // The contract has no claim without these: the server says what to do.
    expect(patchOf(CLAIM, { ...draftOf(CLAIM), metric: '' })).toEqual({ metric: '' });
  });

  it('has three answers to whose method and what is better', () => {
    const draft = draftOf(CLAIM);
    expect(patchOf(CLAIM, { ...draft, own_method: 'no' })).toEqual({ own_method: false });
    expect(patchOf(CLAIM, { ...draft, direction: '' })).toEqual({ direction: null });
    const own = claim('b', { own_method: true });
    expect(patchOf(own, { ...draftOf(own), own_method: '' })).toEqual({ own_method: null });
  });
});
