/** The emoji names that bots and people use most. */

const NAMES = `
  +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 clap 👏 wave 👋 raised_hands 🙌 pray 🙏 muscle 💪 point_right 👉
  point_up 👆 point_down 👇 eyes 👀 brain 🧠 heart ❤️ orange_heart 🧡 sparkling_heart 💖 broken_heart 💔 fire 🔥
  sparkles ✨ star ⭐ star2 🌟 boom 💥 zap ⚡ rainbow 🌈 sunny ☀️ tada 🎉 confetti_ball 🎊 gift 🎁 trophy 🏆 medal 🏅
  smile 😄 smiley 😃 grinning 😀 grin 😁 joy 😂 slightly_smiling_face 🙂 wink 😉 blush 😊 heart_eyes 😍
  thinking_face 🤔 neutral_face 😐 sweat_smile 😅 cry 😢 sob 😭 scream 😱 sunglasses 😎 sleeping 😴 nerd_face 🤓
  partying_face 🥳 hugging_face 🤗 shrug 🤷 facepalm 🤦 robot_face 🤖 ghost 👻 alien 👽 see_no_evil 🙈
  fox_face 🦊 cat 🐱 dog 🐶 bear 🐻 panda_face 🐼 koala 🐨 lion_face 🦁 tiger 🐯 frog 🐸 owl 🦉 penguin 🐧 chick 🐤
  bee 🐝 unicorn_face 🦄 octopus 🐙 turtle 🐢 whale 🐳 rabbit 🐰 wolf 🐺 raccoon 🦝 sloth 🦥 dragon_face 🐲
  white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ warning ⚠️
  no_entry ⛔ no_entry_sign 🚫 exclamation ❗ heavy_exclamation_mark ❗ question ❓ grey_question ❔ information_source ℹ️
  bulb 💡 hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️ alarm_clock ⏰ bell 🔔 no_bell 🔕 calendar 📅 date 📅
  art 🎨 frame_with_picture 🖼️ camera 📷 camera_with_flash 📸 paintbrush 🖌️ lower_left_paintbrush 🖌️ pencil 📝 memo 📝
  pencil2 ✏️ scissors ✂️ performing_arts 🎭 package 📦 inbox_tray 📥 outbox_tray 📤 file_folder 📁 open_file_folder 📂
  page_facing_up 📄 clipboard 📋 pushpin 📌 paperclip 📎 link 🔗 lock 🔒 unlock 🔓 key 🔑 mag 🔍 wrench 🔧 hammer 🔨
  gear ⚙️ rocket 🚀 bar_chart 📊 chart_with_upwards_trend 📈 moneybag 💰 credit_card 💳 coin 🪙 wastebasket 🗑️
  arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrows_counterclockwise 🔄 repeat 🔁 fast_forward ⏩
  speech_balloon 💬 thought_balloon 💭 mega 📣 loudspeaker 📢 email 📧 coffee ☕ pizza 🍕 cake 🍰 seedling 🌱
  red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 white_circle ⚪
  black_circle ⚫ large_purple_circle 🟣 small_blue_diamond 🔹 small_orange_diamond 🔸 one 1️⃣ two 2️⃣ three 3️⃣
`;

const EMOJI = new Map(pairs(NAMES.trim().split(/\s+/)));

/**
 * @param {string} name Without colons.
 * @returns {string|undefined} The character, when the name is known.
 */
export function emoji(name) {
  return EMOJI.get(name);
}

/** @returns {string[]} Every name known, without colons. */
export function emojiNames() {
  return [...EMOJI.keys()];
}

/**
 * Replace the known `:names:` in a plain text.
 * @param {string} text
 * @returns {string}
 */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
}

function pairs(words) {
  const found = [];
  for (let at = 0; at < words.length; at += 2) found.push([words[at], words[at + 1]]);
  return found;
}
