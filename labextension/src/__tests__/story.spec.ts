import type { Api } from '../api';
import type { Storyboard } from '../schemas';
import { StorySession } from '../storySession';

const story = (more: Partial<Storyboard>) =>
  ({ id: 'st_1', author: 'offline', stale: true, version: 1, pages: [{}, {}], ...more }) as never;

function sessionOver(found: Storyboard) {
  const refreshStory = jest.fn().mockResolvedValue(story({ stale: false, version: 2 }));
  const api = { story: () => Promise.resolve(found), refreshStory } as unknown as Api;
  return { session: new StorySession(api, 'p_1'), refreshStory };
}

describe('a story after a run', () => {
  it('is told anew by itself, and stays on the page that is read', async () => {
    const { session, refreshStory } = sessionOver(story({}));
    await session.load();
    session.turn(1);
    await session.catchUp();
    expect(refreshStory).toHaveBeenCalledWith('st_1');
    expect([session.story?.version, session.page, session.busy]).toEqual([2, 1, false]);
  });

  it('keeps the pages of a model until a person says so', async () => {
    const { session, refreshStory } = sessionOver(story({ author: 'gpt' }));
    await session.catchUp();
    expect(refreshStory).not.toHaveBeenCalled();
    expect(session.story?.stale).toBe(true);
  });

  it('with the same facts is left as it is', async () => {
    const { session, refreshStory } = sessionOver(story({ stale: false }));
    await session.catchUp();
    expect(refreshStory).not.toHaveBeenCalled();
  });
});
