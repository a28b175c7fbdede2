"""What many people would think of first: common words of passwords, and series and lines that are known by heart.

Invariant: as compared (NFKC, folded case), lines without spaces. A short list by hand, no dictionary: it makes the
commonest choices worth nothing and says nothing about the others (client_cli.content.opening_words).
"""

from typing import Final

__all__ = ["COMMON", "KNOWN"]

_COMMON_TEXT: Final = """
사랑 사랑해 사랑해요 사랑합니다 엄마 아빠 어머니 아버지 우리 가족 우리가족 누나 언니 오빠 동생 딸 아들 할머니
할아버지 친구 행복 감사 감사합니다 안녕 안녕하세요 한국 대한민국 조선 서울 평양 하나님 예수 예수님 하느님 비밀
비번 암호 비밀번호 패스워드 편지 소식 컴퓨터 인터넷 나는 너를 내가 당신 여보 자기 최고 화이팅 고향 통일 만세 我
你 我们 爱 我爱你 爱你 妈妈 爸爸 母亲 父亲 家 家人 我家 姐姐 妹妹 哥哥 弟弟 儿子 女儿 奶奶 爷爷 朋友 幸福 快乐
健康 平安 你好 谢谢 中国 北京 上海 密码 口令 秘密 电脑 网络 老公 老婆 宝贝 加油 发财 新年快乐 生日快乐 一生一世
信 mom mum dad mother father sister brother family love i you me we my the a and of to is in it for her his home
letter sosik korea china seoul secret password passwort words opening
"""
COMMON: Final = frozenset(_COMMON_TEXT.split())
KNOWN: Final = (
    "하나둘셋넷다섯여섯일곱여덟아홉열",
    "일이삼사오육칠팔구십",
    "가나다라마바사아자차카타파하",
    "월화수목금토일",
    "월요일화요일수요일목요일금요일토요일일요일",
    "일월이월삼월사월오월유월칠월팔월구월시월십일월십이월",
    "봄여름가을겨울",
    "동서남북",
    "갑을병정무기경신임계",
    "자축인묘진사오미신유술해",
    "빨강주황노랑초록파랑남색보라",
    "동해물과백두산이마르고닳도록하느님이보우하사우리나라만세",
    "아침은빛나라이강산은금에자원도가득한",
    "아리랑아리랑아라리요아리랑고개로넘어간다",
    "나의살던고향은꽃피는산골",
    "나보기가역겨워가실때에는말없이고이보내드리우리다",
    "죽는날까지하늘을우러러한점부끄럼이없기를",
    "반달푸른하늘은하수하얀쪽배엔",
    "산토끼토끼야어디를가느냐",
    "하늘에계신우리아버지이름이거룩히여김을받으시오며",
    "우리의소원은통일꿈에도소원은통일",
    "가는말이고와야오는말이곱다",
    "一二三四五六七八九十",
    "零一二三四五六七八九",
    "甲乙丙丁戊己庚辛壬癸",
    "子丑寅卯辰巳午未申酉戌亥",
    "春夏秋冬",
    "东南西北中",
    "红橙黄绿青蓝紫",
    "赤橙黄绿青蓝紫",
    "金木水火土",
    "星期一星期二星期三星期四星期五星期六星期日",
    "赵钱孙李周吴郑王",
    "天地玄黄宇宙洪荒",
    "人之初性本善性相近习相远",
    "床前明月光疑是地上霜举头望明月低头思故乡",
    "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少",
    "白日依山尽黄河入海流欲穷千里目更上一层楼",
    "鹅鹅鹅曲项向天歌白毛浮绿水红掌拨清波",
    "独在异乡为异客每逢佳节倍思亲",
    "起来不愿做奴隶的人们",
    "好好学习天天向上",
    "为人民服务",
    "恭喜发财万事如意身体健康心想事成",
    "世上只有妈妈好有妈的孩子像个宝",
    "月亮代表我的心",
    "onetwothreefourfivesixseveneightnineten",
    "mondaytuesdaywednesdaythursdayfridaysaturdaysunday",
    "januaryfebruarymarchaprilmayjunejulyaugustseptemberoctobernovemberdecember",
    "springsummerautumnwinter",
    "northeastsouthwest",
    "correcthorsebatterystaple",
    "ourfatherwhoartinheavenhallowedbethyname",
)
