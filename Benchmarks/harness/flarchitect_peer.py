"""flarchitect with its JWT sign-in over one table of users, for gunicorn: `flarchitect_peer:application()`.

The environment gives the SQLite file (`PEER_DATABASE`), the user (`PEER_USER`, `PEER_PASSWORD`) and both secrets.
"""
import os

from flarchitect import Architect
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.security import check_password_hash, generate_password_hash


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class User(db.Model):
    __tablename__ = "users"

    class Meta:
        tag = "User"
        tag_group = "People"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]

    def check_password(self, password):
        return check_password_hash(self.password_hash, password)


def application():
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite:///" + os.environ["PEER_DATABASE"], SECRET_KEY=os.environ["ACCESS_SECRET_KEY"],
        API_TITLE="Peer", API_VERSION="1.0", API_BASE_MODEL=Base, API_AUTHENTICATE=True, API_AUTHENTICATE_METHOD=["jwt"],
        API_USER_MODEL=User, API_USER_LOOKUP_FIELD="username", API_CREDENTIAL_CHECK_METHOD="check_password",
        # In minutes; it does not start without them, though it documents defaults.
        API_JWT_EXPIRY_TIME=360, API_JWT_REFRESH_EXPIRY_TIME=2880)
    db.init_app(app)
    with app.app_context():
        db.create_all()
        if db.session.query(User).first() is None:
            user = User(username=os.environ["PEER_USER"], password_hash=generate_password_hash(os.environ["PEER_PASSWORD"]))
            db.session.add(user)
            db.session.commit()
        Architect(app)
    return app
